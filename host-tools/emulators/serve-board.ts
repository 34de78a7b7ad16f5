// Serves an emulated chip as a board: its entry in the registry, its control socket, and their end.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stateFolder } from '../toolchain/paths.ts';
import { serveControl } from './control.ts';
import type { ControlServer, Controlled } from './control.ts';
import { registerBoard } from './registry.ts';

export interface BoardOptions {
  /** Count instructions; true when left out. */
  count?: boolean;
  /** Is told what happens to the board, a sentence at a time. */
  log?: (line: string) => void;
}

/** A chip with its serial port, before anybody can reach it. */
export interface EmulatedChip extends Controlled {
  /** Path of its serial port. */
  readonly port: string;
  /** First power. */
  powerUp(): Promise<void>;
  /** Takes its supply away, keeps its flash and frees the port. Rejects with a DeviceError when flash cannot be kept. */
  close(): Promise<void>;
}

/** An emulated board that runs in this process. */
export interface EmulatedBoard extends Controlled {
  readonly board: string;
  /** Path of its serial port. */
  readonly port: string;
  /** Path of its control socket. */
  readonly control: string;
  /** Takes its supply away, keeps its flash and frees the port. Rejects with a DeviceError when flash cannot be kept. */
  close(): Promise<void>;
}

/** A Unix socket's path has at most 107 characters. */
const socketPathMax = 100;

/** Powers a chip up and makes it known. Rejects with a DeviceError when a board of this name already runs; the chip is closed then. */
export async function serveBoard(name: string, chip: EmulatedChip): Promise<EmulatedBoard> {
  const folder = socketFolder(name);
  const control = join(folder.path, 'control.sock');
  let unregister: (() => void) | undefined;
  let server: ControlServer | undefined;
  const close = async (): Promise<void> => {
    await server?.close();
    try {
      await chip.close();
    } finally {
      unregister?.(); // Not before its flash is kept: the next board of this name begins with that.
      folder.remove();
    }
  };
  try {
    unregister = registerBoard({ board: name, port: chip.port, control });
    rmSync(control, { force: true }); // A killed predecessor left it: the registry says that none is alive.
    server = await serveControl(control, chip);
    await chip.powerUp();
  } catch (error) {
    await close();
    throw error;
  }
  return {
    board: name,
    port: chip.port,
    control,
    status: () => chip.status(),
    reset: () => chip.reset(),
    setBoot0: (level) => chip.setBoot0(level),
    setPower: (on) => chip.setPower(on),
    subscribe: (listener) => chip.subscribe(listener),
    ...(chip.profile && { profile: chip.profile.bind(chip) }),
    ...(chip.write && { write: chip.write.bind(chip) }),
    close,
  };
}

function socketFolder(name: string): { path: string; remove(): void } {
  const path = join(stateFolder(), 'boards', name);
  if (path.length < socketPathMax - 'control.sock'.length) {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    return { path, remove: () => undefined };
  }
  const short = mkdtempSync(join(tmpdir(), 'ternlet-'));
  return { path: short, remove: () => rmSync(short, { recursive: true, force: true }) };
}
