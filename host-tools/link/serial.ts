// A serial port of this machine as a Port. What serialport says in words, and what it does not say, becomes sentences here.
import {
  existsSync,
  readFileSync,
  readlinkSync,
  readdirSync,
  realpathSync,
  statSync,
  writeSync,
} from 'node:fs';
import { SerialPort } from 'serialport';
import { DeviceError } from '../contracts/errors.ts';
import type { Port, PortListener } from './port.ts';

/** How often to look whether the other end is still there: a pty whose master ends says so only to somebody who writes. */
const heartbeatMs = 250;
/** Time for bytes to leave beyond what their number takes on the wire. */
const writeSlackMs = 5_000;
const bitsPerByteOnWire = 12;

type Parity = 'none' | 'even';

/** Opens a port for this program alone, 8 data bits. Rejects with a DeviceError that says what is wrong and what to do. */
export async function openSerialPort(path: string, line: { baud: number; parity?: Parity }): Promise<Port> {
  const port = new SerialLine(path, line.baud, line.parity ?? 'none');
  await port.open();
  return port;
}

class SerialLine implements Port {
  readonly path: string;
  readonly #listeners = new Set<PortListener>();
  #baud: number;
  #parity: Parity;
  #serial: SerialPort | undefined;
  #heartbeat: NodeJS.Timeout | undefined;
  #closed: string | undefined;
  /** Modem lines as they are held. Linux sets both whenever a port is opened, which may press a board's reset. */
  readonly #lines = { dtr: false, rts: false };

  constructor(path: string, baud: number, parity: Parity) {
    this.path = path;
    this.#baud = baud;
    this.#parity = parity;
  }

  async open(): Promise<void> {
    const serial = new SerialPort({
      path: this.path,
      baudRate: this.#baud,
      // A pty carries bytes, not bits: Linux takes the parity away from it.
      parity: this.#isPty() ? 'none' : this.#parity,
      hupcl: false,
      autoOpen: false,
    });
    await new Promise<void>((resolve, reject) => {
      serial.open((error) => (error ? reject(explainOpen(this.path, error.message)) : resolve()));
    });
    this.#serial = serial;
    serial.on('data', (bytes: Buffer) => this.#listeners.forEach((listener) => listener.data(bytes)));
    serial.on('error', (error) => this.#lose(error.message));
    serial.on(
      'close',
      () => this.#serial === serial && this.#lose('it was unplugged or its other end is gone'),
    );
    this.#heartbeat = setInterval(() => this.#beat(serial), heartbeatMs).unref();
    try {
      // RTS, which may be BOOT0, is where it belongs before DTR lets go of reset.
      if (!this.#lines.dtr) await this.#set({ dtr: true, rts: this.#lines.rts });
      await this.#set(this.#lines);
    } catch (error) {
      await this.#shut();
      throw error;
    }
  }

  async write(bytes: Uint8Array): Promise<void> {
    const serial = this.#mustBeOpen();
    const limitMs = writeSlackMs + (bytes.length * bitsPerByteOnWire * 1000) / this.#baud;
    await new Promise<void>((resolve, reject) => {
      const late = new DeviceError(
        `${this.path} took no bytes for ${Math.round(limitMs / 1000)} s`,
        'is the other end reading?',
      );
      const end = (error?: Error | null): void => {
        clearTimeout(timer);
        unsubscribe();
        if (error) reject(error instanceof DeviceError ? error : this.#gone(error.message));
        else resolve();
      };
      const timer = setTimeout(() => end(late), limitMs);
      // A port that is lost forgets its callbacks.
      const unsubscribe = this.subscribe({
        data: () => undefined,
        closed: (reason) => end(this.#gone(reason)),
      });
      serial.write(Buffer.from(bytes), (error) => (error ? end(error) : serial.drain(end)));
    });
  }

  subscribe(listener: PortListener): () => void {
    this.#listeners.add(listener);
    if (this.#closed !== undefined) listener.closed(this.#closed);
    return () => this.#listeners.delete(listener);
  }

  async configure(line: { baud?: number; parity?: Parity; dtr?: boolean; rts?: boolean }): Promise<void> {
    const serial = this.#mustBeOpen();
    const parity = line.parity ?? this.#parity;
    const reopen = parity !== this.#parity && !this.#isPty();
    const baud = line.baud ?? this.#baud;
    const faster = baud !== this.#baud;
    [this.#parity, this.#baud] = [parity, baud];
    const moves = line.dtr !== undefined || line.rts !== undefined;
    this.#lines.dtr = line.dtr ?? this.#lines.dtr;
    this.#lines.rts = line.rts ?? this.#lines.rts;
    if (reopen) {
      // serialport cannot change the parity of an open port.
      await this.#shut();
      await this.open();
      return;
    }
    if (faster) await this.#ask((done) => serial.update({ baudRate: baud }, done));
    if (moves) await this.#set(this.#lines);
  }

  /** Both at once: serialport would set the one that is left out. */
  async #set(lines: { dtr: boolean; rts: boolean }): Promise<void> {
    const serial = this.#mustBeOpen();
    await this.#ask((done) =>
      serial.set({ ...lines }, (error) => done(error && isNoModemLines(error) ? null : error)),
    );
  }

  async close(): Promise<void> {
    const shut = this.#shut();
    this.#lose('it was closed');
    await shut;
  }

  #isPty(): boolean {
    return existsSync(this.path) && realpathSync(this.path).startsWith('/dev/pts/');
  }

  #mustBeOpen(): SerialPort {
    if (this.#serial === undefined) throw this.#gone(this.#closed ?? 'it is not open');
    return this.#serial;
  }

  #gone(reason: string): DeviceError {
    return new DeviceError(`${this.path} is gone: ${reason}`, 'is the board still attached and powered?');
  }

  #ask(action: (done: (error: Error | null | undefined) => void) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      action((error) => (error ? reject(this.#gone(error.message)) : resolve()));
    });
  }

  /** Writes nothing: that fails once the other end is gone. */
  #beat(serial: SerialPort): void {
    const { fd } = (serial.port ?? {}) as { fd?: number | null };
    if (typeof fd !== 'number') return;
    try {
      writeSync(fd, new Uint8Array(0));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return;
      this.#lose('its other end is gone');
    }
  }

  async #shut(): Promise<void> {
    const serial = this.#serial;
    this.#serial = undefined;
    clearInterval(this.#heartbeat);
    if (serial?.isOpen === true) await new Promise<void>((resolve) => serial.close(() => resolve()));
  }

  #lose(reason: string): void {
    if (this.#closed !== undefined) return;
    this.#closed = reason;
    void this.#shut();
    for (const listener of [...this.#listeners]) listener.closed(reason);
    this.#listeners.clear();
  }
}

function isNoModemLines(error: Error): boolean {
  return /Inappropriate ioctl|Invalid argument|ENOTTY/i.test(error.message);
}

/** serialport's errors have no code: their text is all there is. */
function explainOpen(path: string, said: string): DeviceError {
  if (/No such file|ENOENT/i.test(said)) {
    return new DeviceError(`there is no port ${path}`, 'ternlet ports lists the ports of this machine');
  }
  if (/Permission denied|EACCES/i.test(said)) return permissionDenied(path);
  if (/Cannot lock|temporarily unavailable|busy/i.test(said)) {
    const holder = holderOf(path);
    const who = holder === undefined ? 'another program' : `${holder.program} (process ${holder.pid})`;
    return new DeviceError(`${path} is in use by ${who}`, 'end that program, or choose another port');
  }
  if (/Inappropriate ioctl|Not a (tty|typewriter)|not a character/i.test(said)) {
    return new DeviceError(`${path} is no serial port`, 'ternlet ports lists the ports of this machine');
  }
  return new DeviceError(`${path} cannot be opened: ${said.replace(/^Error: /, '')}`);
}

function permissionDenied(path: string): DeviceError {
  const { uid, gid, mode } = statSync(path);
  const [owner, group] = [nameOf('/etc/passwd', uid), nameOf('/etc/group', gid)];
  const rights = (mode & 0o777).toString(8);
  const groupMayUse = (mode & 0o060) === 0o060 && gid !== 0;
  return new DeviceError(
    `${path} may not be opened: it belongs to ${owner}:${group} with mode ${rights}`,
    groupMayUse
      ? `join the group and log in again: sudo usermod -aG ${group} $USER`
      : 'add a udev rule for the adapter: SUBSYSTEM=="tty", ATTRS{idVendor}=="<its id>", TAG+="uaccess"',
  );
}

/** The name of a user or group by its number, from the file that lists them. */
function nameOf(file: string, id: number): string {
  const rows = readFileSync(file, 'utf8').split('\n');
  return rows.find((row) => row.split(':')[2] === String(id))?.split(':')[0] ?? String(id);
}

/** Another process that has the port open, as far as /proc tells. */
function holderOf(path: string): { pid: number; program: string } | undefined {
  const quietly = <T>(action: () => T): T | undefined => {
    try {
      return action();
    } catch {
      return undefined; // Another user's process, or one that just ended.
    }
  };
  const { rdev } = statSync(path);
  for (const pid of quietly(() => readdirSync('/proc')) ?? []) {
    if (!/^\d+$/.test(pid)) continue;
    const isHolder = (quietly(() => readdirSync(`/proc/${pid}/fd`)) ?? []).some((fd) => {
      const target = quietly(() => readlinkSync(`/proc/${pid}/fd/${fd}`));
      return target?.startsWith('/dev/') === true && quietly(() => statSync(target).rdev) === rdev;
    });
    if (isHolder)
      return {
        pid: Number(pid),
        program: quietly(() => readFileSync(`/proc/${pid}/comm`, 'utf8').trim()) ?? '?',
      };
  }
  return undefined;
}
