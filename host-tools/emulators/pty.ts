// The device end of a pseudo-terminal (pty): what programs see as a serial port. Source: pty(7).
import { closeSync, readSync, writeSync } from 'node:fs';
import { openPty } from '../toolchain/open-pty.ts';

export interface PtyListener {
  /** Bytes that a program wrote to the port. */
  data(bytes: Uint8Array): void;
  /** A program opened the port, or the last one that had it open closed it. */
  client(present: boolean): void;
  /** The queue of bytes to the program has run empty. */
  drained(): void;
}

const idlePollMs = 20;
const clientPollMs = 1;
const eagerMs = 3;
const readsPerTurn = 16;

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
