// The emulated RP2040: a serial port on UART0, rp2040js in a thread for what is flashed, and a debug probe's access to flash.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { Board } from '../../boards/board.ts';
import { DeviceError, UserError } from '../contracts/errors.ts';
import { readFirmwareInfo } from '../contracts/firmware.ts';
import { stateFolder } from '../toolchain/paths.ts';
import type { BoardEvent, BoardState, BoardStatus } from './control.ts';
import type { ProfileRange } from './counts.ts';
import { KeptFlash } from './flash-file.ts';
import { PtyDevice } from './pty.ts';
import { isBootable } from './rp2040-machine.ts';
import type { CountPlan } from './rp2040-machine.ts';
import type { Report, Request } from './rp2040-worker.ts';
import { serveBoard } from './serve-board.ts';
import type { BoardOptions, EmulatedBoard, EmulatedChip } from './serve-board.ts';

/** Bytes that may wait for a program that does not read; further ones are lost, as on a wire. */
const queuedBytesMax = 65536;

/** Starts the board: from flash, or in the ROM loader while flash has no boot stage. Rejects with a DeviceError when it already runs or there is no pty. */
export function startRp2040(name: string, board: Board, options: BoardOptions = {}): Promise<EmulatedBoard> {
  return serveBoard(name, new Chip(name, board, options));
}

/** Starts the thread's file, which lies beside this one: compiled, or as it was written, for which a thread needs its own tsx. */
function startThread(): Worker {
  if (!import.meta.url.endsWith('.ts')) return new Worker(new URL('./rp2040-worker.js', import.meta.url));
  const api = createRequire(import.meta.url)
    .resolve('tsx/esm/api')
    .replace(/\.cjs$/, '.mjs');
  const [tsx, file] = [pathToFileURL(api).href, new URL('./rp2040-worker.ts', import.meta.url).href];
  return new Worker(`import('${tsx}').then(({ register }) => (register(), import('${file}')))`, {
    eval: true,
  });
}

class Chip implements EmulatedChip {
  readonly #name: string;
  readonly #board: Board;
  readonly #options: BoardOptions;
  readonly #flash: KeptFlash;
  readonly #pty: PtyDevice;
  readonly #listeners = new Set<(event: BoardEvent) => void>();
  #worker: Worker | undefined;
  #state: BoardState = 'off';
  #closed = false;
  /** Numbers the runs, so that reports of an older one are known. */
  #run = 0;
  #ranges: readonly ProfileRange[] = [];
  /** Why nothing is counted; why the chip is locked up. */
  #uncounted: string | undefined;
  #lockedUp: string | undefined;

  constructor(name: string, board: Board, options: BoardOptions) {
    this.#name = name;
    this.#board = board;
    this.#options = options;
    this.#flash = new KeptFlash(join(stateFolder(), 'boards', name, 'flash.bin'), board.memory.flash.bytes);
    this.#pty = new PtyDevice({
      data: (bytes) => this.#state === 'running' && this.#ask({ do: 'feed', bytes }),
      client: (present) => !present && this.#keepFlash(),
      drained: () => undefined,
    });
  }

  get port(): string {
    return this.#pty.path;
  }

  status(): BoardStatus {
    const blank =
      this.#state === 'rom loader' && !isBootable(this.#flash.bytes)
        ? 'flash has no boot stage with the right checksum: the board stays in its ROM'
        : undefined;
    const notes = [this.#lockedUp, blank, this.#flash.problem, this.#uncounted].filter(
      (note) => note !== undefined,
    );
    const counted = this.#state === 'running' && this.#uncounted === undefined;
    return { board: this.#name, port: this.port, state: this.#state, boot0: false, counted, notes };
  }

  subscribe(listener: (event: BoardEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async powerUp(): Promise<void> {
    this.#start();
  }

  async reset(): Promise<void> {
    if (this.#state === 'off') return;
    this.#halt();
    this.#keepFlashOrStayOff();
    this.#start();
  }

  async setBoot0(level: boolean): Promise<void> {
    if (level) throw new UserError(`${this.#name} has no BOOT0: the USB loader in its ROM is not emulated`);
    this.#tell();
  }

  async setPower(on: boolean): Promise<void> {
    if (on === (this.#state !== 'off')) return;
    this.#halt();
    if (!on) this.#setState('off');
    this.#keepFlashOrStayOff();
    if (on) this.#start();
  }

  async profile(ranges: readonly ProfileRange[]): Promise<void> {
    if (this.#options.count === false) throw new UserError('instructions are not counted, as asked');
    this.#ranges = ranges;
    if (this.#state === 'running') await this.reset();
  }

  async write(address: number, bytes: Uint8Array): Promise<void> {
    const { base, bytes: size } = this.#board.memory.flash;
    const offset = address - base;
    if (offset < 0 || offset + bytes.length > size) {
      throw new UserError(
        `0x${address.toString(16)} and ${bytes.length} bytes from there are not all in flash, which has ${size} bytes from 0x${base.toString(16)}`,
      );
    }
    this.#flash.bytes.set(bytes, offset);
    this.#flash.changed();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#halt();
    this.#state = 'off';
    this.#pty.close();
    await this.#worker?.terminate();
    this.#flash.keep();
  }

  /** Comes out of reset. The USB loader in ROM is not emulated: a board that cannot boot waits there for the probe. */
  #start(): void {
    if (this.#closed) return;
    this.#lockedUp = undefined;
    if (!isBootable(this.#flash.bytes)) {
      this.#setState('rom loader');
      return;
    }
    this.#run += 1;
    this.#ask({ do: 'start', run: this.#run, flash: Uint8Array.from(this.#flash.bytes), plan: this.#plan() });
    this.#setState('running');
  }

  /** Where to count, as the flashed firmware says; undefined where it does not. */
  #plan(): CountPlan | undefined {
    this.#uncounted = this.#options.count === false ? 'instructions are not counted, as asked' : undefined;
    if (this.#uncounted !== undefined) return undefined;
    const info = readFirmwareInfo(this.#flash.bytes.subarray(0, this.#board.flashMap.firmware.bytes));
    if (!info) {
      this.#uncounted = 'instructions are not counted: the flashed firmware does not say where';
      return undefined;
    }
    const { markStart: start, markStop: stop, isrStart, isrEnd } = info;
    return { start, stop, isrStart, isrEnd, ...(this.#ranges.length > 0 && { ranges: this.#ranges }) };
  }

  #halt(): void {
    this.#run += 1;
    this.#worker?.postMessage({ do: 'stop' } satisfies Request);
  }

  #ask(request: Request): void {
    this.#worker ??= this.#startWorker();
    this.#worker.postMessage(request);
  }

  #startWorker(): Worker {
    const worker = startThread();
    worker.on('message', (report: Report) => report.run === this.#run && this.#hear(report));
    worker.on('error', (error) => {
      this.#worker = undefined;
      if (this.#state === 'running') this.#lockUp(`the emulator ended: ${error.message}`);
    });
    return worker;
  }

  #hear(report: Report): void {
    if ('sent' in report) {
      if (this.#pty.queued <= queuedBytesMax) this.#pty.write(report.sent);
    } else if ('counts' in report) {
      for (const listener of this.#listeners) listener({ event: 'counts', counts: report.counts });
    } else {
      this.#lockUp(`the core is locked up (${report.lockedUp})`);
    }
  }

  #lockUp(why: string): void {
    this.#lockedUp = `${why}; reset starts the board again`;
    this.#options.log?.(this.#lockedUp);
    this.#setState('locked up');
  }

  /** Nothing may start that would run from an older flash. */
  #keepFlashOrStayOff(): void {
    try {
      this.#flash.keep();
    } catch (error) {
      this.#setState('off');
      throw error;
    }
  }

  /** Writes flash to its file when it changed; where that fails it is said and noted. */
  #keepFlash(): void {
    try {
      this.#flash.keep();
    } catch (error) {
      this.#options.log?.(this.#flash.problem!);
      this.#tell();
      if (!(error instanceof DeviceError)) throw error;
    }
  }

  #setState(state: BoardState): void {
    this.#state = state;
    this.#tell();
  }

  #tell(): void {
    const event: BoardEvent = { event: 'status', status: this.status() };
    for (const listener of this.#listeners) listener(event);
  }
}
