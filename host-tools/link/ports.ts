// The serial ports of this machine, which of them may be a board, and the choice of one.
import { existsSync, readFileSync, readdirSync, realpathSync } from 'node:fs';
import { basename, join } from 'node:path';
import { SerialPort } from 'serialport';
import { UserError } from '../contracts/errors.ts';

/** A serial port: attached to this machine, or that of an emulated board. */
export interface PortInfo {
  path: string;
  /** A stable name below /dev/serial/by-id, where there is one. */
  byId?: string;
  /** USB ids, four hexadecimal digits each. */
  vendorId?: string;
  productId?: string;
  serialNumber?: string;
  /** What the USB device or our table calls it. */
  description: string;
  /** `board`: may be a board; `instrument`: is a known meter; `emulated`: an emulated board; `other`: nothing we know. */
  kind: 'board' | 'instrument' | 'emulated' | 'other';
  /** Name of the board, where that is certain. */
  board?: string;
}

/** USB serial adapters and probes that boards are attached by. A product id left out means any. */
const adapters: readonly { vendorId: string; productId?: string; description: string }[] = [
  { vendorId: '0403', description: 'FTDI adapter' },
  { vendorId: '067b', description: 'Prolific PL2303 adapter' },
  { vendorId: '10c4', productId: 'ea60', description: 'Silicon Labs CP210x adapter' },
  { vendorId: '1a86', description: 'WCH CH340 adapter' },
  { vendorId: '0483', productId: '374b', description: 'ST-LINK/V2-1 port' },
  { vendorId: '0483', productId: '374e', description: 'STLINK-V3 port' },
  { vendorId: '0d28', productId: '0204', description: 'CMSIS-DAP port' },
];

/** Instruments with a serial port, which are never boards. */
const instruments: readonly { vendorId: string; productId: string; description: string }[] = [
  { vendorId: '1915', productId: 'c00a', description: 'Nordic PPK2' },
  { vendorId: '0483', productId: '5740', description: 'ST X-NUCLEO-LPM01A' },
];

/** An emulated board that runs, as far as its port goes. */
export interface EmulatedPort {
  board: string;
  port: string;
}

/** All ports: the attached ones, then those of the emulated boards, which the caller knows. */
export async function listPorts(emulated: readonly EmulatedPort[]): Promise<PortInfo[]> {
  const attached = await attachedPorts();
  const boards = emulated.map(({ board, port }): PortInfo => {
    return { path: port, description: `emulated ${board}`, kind: 'emulated', board };
  });
  return [...attached.sort((a, b) => (a.path < b.path ? -1 : 1)), ...boards];
}

async function attachedPorts(): Promise<PortInfo[]> {
  try {
    const found = await SerialPort.list();
    // Linux lists each 8250 that might be there; only what has a device behind it is one.
    return found.filter(({ path }) => process.platform !== 'linux' || hasDevice(path)).map(describe);
  } catch {
    return portsFromSys(); // serialport asks udevadm, which a small container lacks.
  }
}

function hasDevice(path: string): boolean {
  const type = readText(join('/sys/class/tty', basename(path), 'type'));
  return type === undefined || type !== '0';
}

/** From /sys/class/tty, which needs no program. */
function portsFromSys(folder = '/sys/class/tty'): PortInfo[] {
  const names = existsSync(folder) ? readdirSync(folder) : [];
  return names
    .filter(
      (name) => existsSync(join(folder, name, 'device')) && readText(join(folder, name, 'type')) !== '0',
    )
    .filter((name) => existsSync(`/dev/${name}`))
    .map((name) => {
      const device = usbDeviceOf(realpathSync(join(folder, name, 'device')));
      const field = (file: string): string | undefined => device && readText(join(device, file));
      return describe({
        path: `/dev/${name}`,
        vendorId: field('idVendor'),
        productId: field('idProduct'),
        serialNumber: field('serial'),
        manufacturer: field('product') ?? field('manufacturer'),
      });
    });
}

/** The folder of the USB device above an interface's, at most four levels up. */
function usbDeviceOf(folder: string): string | undefined {
  let at = folder;
  for (let level = 0; level < 4; level++) {
    if (existsSync(join(at, 'idVendor'))) return at;
    at = join(at, '..');
  }
  return undefined;
}

interface FoundPort {
  path: string;
  vendorId?: string | undefined;
  productId?: string | undefined;
  serialNumber?: string | undefined;
  manufacturer?: string | undefined;
}

function describe(found: FoundPort): PortInfo {
  const vendorId = found.vendorId?.toLowerCase();
  const productId = found.productId?.toLowerCase();
  const isIt = (known: { vendorId: string; productId?: string }): boolean =>
    known.vendorId === vendorId && (known.productId ?? productId) === productId;
  const [instrument, adapter] = [instruments.find(isIt), adapters.find(isIt)];
  const byId = stableName(found.path);
  return {
    path: found.path,
    ...(byId !== undefined && { byId }),
    ...(vendorId !== undefined && { vendorId }),
    ...(productId !== undefined && { productId }),
    ...(found.serialNumber !== undefined && { serialNumber: found.serialNumber }),
    description: (instrument ?? adapter)?.description ?? found.manufacturer ?? 'serial port',
    kind: instrument ? 'instrument' : adapter ? 'board' : 'other',
  };
}

function stableName(path: string, folder = '/dev/serial/by-id'): string | undefined {
  const names = existsSync(folder) ? readdirSync(folder) : [];
  const name = names.find(
    (name) => existsSync(join(folder, name)) && realpathSync(join(folder, name)) === path,
  );
  return name === undefined ? undefined : join(folder, name);
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return undefined;
  }
}

/**
 * The port of a board among those that are there; undefined when there is none.
 * Throws a UserError that lists them when more than one fits: none is guessed for.
 */
export function choosePort(ports: readonly PortInfo[], board: string): PortInfo | undefined {
  const candidates = ports.filter(
    ({ kind, board: known }) => kind === 'board' || (kind === 'emulated' && known === board),
  );
  if (candidates.length <= 1) return candidates[0];
  const list = candidates.map(({ path, description }) => `${path} (${description})`).join(', ');
  throw new UserError(`${candidates.length} ports may be ${board}: ${list}`, 'choose one with --port');
}
