// The device end of a pseudo-terminal, with no native addon: perl makes the two ioctls that Node lacks. Source: pty(7), ioctl_tty(2).
import { spawnSync } from 'node:child_process';
import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs';
import { DeviceError } from '../contracts/errors.ts';
import { requireProgram } from '../toolchain/run.ts';

export interface PtyListener {
  /** Bytes that a program wrote to the port. */
  data(bytes: Uint8Array): void;
  /** A program opened the port, or the last one that had it open closed it. */
  client(present: boolean): void;
  /** The queue of bytes to the program has run empty. */
  drained(): void;
}

// The numbers of TIOCSPTLCK and TIOCGPTN hold for x86, arm and risc-v. Descriptors 0 to 2 would lose O_NONBLOCK.
const unlockAndName = `
  open(F, "+<&=3") or die "open: $!";
  my $unlocked = pack("i", 0);
  ioctl(F, 0x40045431, $unlocked) or die "unlock: $!";
  my $number = pack("I", 0);
  ioctl(F, 0x80045430, $number) or die "number: $!";
  print unpack("I", $number);`;

const idlePollMs = 20;
const clientPollMs = 1;
const eagerMs = 3;
const readsPerTurn = 16;

/** Opens a pty in raw mode. Throws a DeviceError where the system gives none. */
export function openPty(): { fd: number; path: string } {
  let fd: number;
  try {
    fd = openSync('/dev/ptmx', constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
  } catch (error) {
    throw new DeviceError(
      `no pseudo-terminal can be opened: ${(error as Error).message}`,
      'an emulated board needs /dev/ptmx',
    );
  }
  const perl = spawnSync(requireProgram('perl'), ['-e', unlockAndName], {
    stdio: ['ignore', 'pipe', 'pipe', fd],
  });
  const path = `/dev/pts/${String(perl.stdout)}`;
  const raw =
    perl.status === 0 && spawnSync(requireProgram('stty'), ['-F', path, 'raw', '-echo', '-hupcl', 'clocal']);
  if (raw === false || raw.status !== 0) {
    closeSync(fd);
    const said = String((raw === false ? perl : raw).stderr).trim();
    throw new DeviceError(`no pseudo-terminal can be set up: ${said}`, 'is /dev/pts mounted?');
  }
  return { fd, path };
}

/** The device at the end of a pty. Programs may open and close the port at any time. */
export class PtyDevice {
  /** The port that other programs open, for instance /dev/pts/3. */
  readonly path: string;
  /** Whether to look for bytes as often as can be for a while after some came: for dialogues of short messages. */
  eager = false;
  readonly #fd: number;
  readonly #listener: PtyListener;
  readonly #buffer = Buffer.alloc(65536);
  #queue: Uint8Array[] = [];
  #present = false;
  #closed = false;
  #timer: NodeJS.Timeout | undefined;
  #lastDataMs = 0;

  /** Throws a DeviceError where the system gives no pty. */
  constructor(listener: PtyListener) {
    const { fd, path } = openPty();
    this.#fd = fd;
    this.path = path;
    this.#listener = listener;
    this.#timer = setTimeout(() => this.#poll(), 0);
  }

  /** Bytes that wait because the program at the other end does not read. */
  get queued(): number {
    return this.#queue.reduce((sum, bytes) => sum + bytes.length, 0);
  }

  /** Queues bytes for the program that has the port open; with none they are lost, as on a wire. */
  write(bytes: Uint8Array): void {
    if (this.#closed || bytes.length === 0) return;
    this.#queue.push(bytes);
    this.#flush();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#timer);
    closeSync(this.#fd);
  }

  #poll(): void {
    for (let i = 0; i < readsPerTurn; i++) {
      if (this.#closed) return;
      const got = this.#read();
      this.#setPresent(got !== 'nobody');
      if (got === 'nobody') {
        this.#timer = setTimeout(() => this.#poll(), idlePollMs);
        return;
      }
      if (got === 'nothing') break;
      this.#lastDataMs = performance.now();
      this.#listener.data(got);
    }
    if (this.#closed) return;
    this.#flush();
    if (this.eager && performance.now() - this.#lastDataMs < eagerMs) setImmediate(() => this.#poll());
    else this.#timer = setTimeout(() => this.#poll(), clientPollMs);
  }

  /** Reads once: bytes, nothing yet, or nobody there (the kernel says EIO while no program has the port open). */
  #read(): Uint8Array | 'nothing' | 'nobody' {
    try {
      const n = readSync(this.#fd, this.#buffer, 0, this.#buffer.length, null);
      return Uint8Array.from(this.#buffer.subarray(0, n));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EAGAIN') return 'nothing';
      if (code === 'EIO') return 'nobody';
      throw error;
    }
  }

  #flush(): void {
    const had = this.#queue.length > 0;
    while (this.#queue.length > 0) {
      const bytes = this.#queue[0]!;
      try {
        const n = writeSync(this.#fd, bytes);
        if (n < bytes.length) this.#queue[0] = bytes.subarray(n);
        else this.#queue.shift();
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code === 'EAGAIN') return;
        if (code !== 'EIO') throw error;
        this.#queue = [];
      }
    }
    if (had) this.#listener.drained();
  }

  #setPresent(present: boolean): void {
    if (present === this.#present) return;
    this.#present = present;
    if (!present) this.#queue = [];
    this.#listener.client(present);
  }
}
