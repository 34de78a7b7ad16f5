// A board whose flashed bytes run in QEMU: its serial port, its flash, its pins and supply, and what is counted.
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Board } from '../../boards/board.ts';
import { DeviceError, UserError } from '../contracts/errors.ts';
import { readFirmwareInfo } from '../contracts/firmware.ts';
import { stateFolder } from '../toolchain/paths.ts';
import { qemuCountPlugin, startQemu } from '../toolchain/qemu.ts';
import type { QemuCount, QemuProcess, QemuProgram } from '../toolchain/qemu.ts';
import { requireProgram } from '../toolchain/run.ts';
import type { BoardEvent, BoardState, BoardStatus, ProfileRange, TokenCounts } from './control.ts';
import { KeptFlash } from './flash-file.ts';
import { PtyDevice } from './pty.ts';
import type { BoardOptions, EmulatedChip } from './serve-board.ts';

/** What speaks on the serial port while no program runs: a loader in ROM. */
export interface BoardLoader {
  reset(): void;
  feed(bytes: Uint8Array): void;
}

/** What a loader may do to its board. */
export interface LoaderEvents {
  /** Bytes for the host. */
  send(bytes: Uint8Array): void;
  /** Flash was erased or written. */
  changed(): void;
  /** Starts the program at an address; false when that cannot be. */
  go(address: number): boolean;
}

/** Bytes that may wait for a program that does not read, before the core's UART is held up. */
const queuedBytesMax = 65536;

/** What is said of it to people goes through `status` and `log`. */
export class QemuBoard implements EmulatedChip {
  readonly #name: string;
  readonly #board: Board;
  readonly #program: QemuProgram;
  readonly #options: BoardOptions;
  readonly #flash: KeptFlash;
  readonly #pty: PtyDevice;
  readonly #loader: BoardLoader | undefined;
  readonly #listeners = new Set<(event: BoardEvent) => void>();
  #state: BoardState = 'off';
  #boot0 = false;
  #qemu: QemuProcess | undefined;
  /** Reset, power, the loader's Go and the end come from several sides; each waits for the one before. */
  #work: Promise<unknown> = Promise.resolve();
  #closed = false;
  /** How often it came out of reset. */
  #starts = 0;
  #plugin: string | undefined;
  #ranges: readonly ProfileRange[] = [];
  /** Why nothing is counted; why the core is locked up. */
  #uncounted: string | undefined;
  #lockedUp: string | undefined;

  /** Without a loader, flash is written by `write`. Throws a UserError when QEMU is missing, a DeviceError where there is no pty. */
  constructor(
    name: string,
    board: Board,
    options: BoardOptions,
    makeLoader?: (flash: Buffer, events: LoaderEvents) => BoardLoader,
  ) {
    const program = board.emulator?.program;
    if (program !== 'qemu-system-arm' && program !== 'qemu-system-riscv32')
      throw new Error(`${name} is not emulated by QEMU.`);
    requireProgram(program);
    this.#name = name;
    this.#board = board;
    this.#program = program;
    this.#options = options;
    this.#flash = new KeptFlash(join(this.#folder, 'flash.bin'), board.memory.flash.bytes);
    this.#loader = makeLoader?.(this.#flash.bytes, {
      send: (bytes) => this.#pty.write(bytes),
      changed: () => this.#flash.changed(),
      go: (address) => this.#go(address),
    });
    this.#pty = new PtyDevice({
      data: (bytes) => this.#receive(bytes),
      client: (present) => !present && this.#keepFlash(),
      drained: () => this.#qemu?.uart.resume(),
    });
  }

  get port(): string {
    return this.#pty.path;
  }

  get #folder(): string {
    return join(stateFolder(), 'boards', this.#name);
  }

  status(): BoardStatus {
    const blank =
      this.#state === 'rom loader' && this.#flash.isBlank
        ? 'flash is empty: the board stays in its ROM loader'
        : undefined;
    const notes = [this.#lockedUp, blank, this.#flash.problem, this.#uncounted];
    return {
      board: this.#name,
      port: this.port,
      state: this.#state,
      boot0: this.#boot0,
      counted: this.#state === 'running' && this.#uncounted === undefined,
      notes: notes.filter((note) => note !== undefined),
    };
  }

  subscribe(listener: (event: BoardEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Finds out whether instructions can be counted, and starts. */
  async powerUp(): Promise<void> {
    if (this.#options.count === false) this.#uncounted = 'instructions are not counted, as asked';
    else await this.#findPlugin();
    await this.#inTurn(() => this.#start());
  }

  reset(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#state === 'off') return;
      await this.#halt();
      this.#keepFlashOrStayOff();
      this.#start();
    });
  }

  async setBoot0(level: boolean): Promise<void> {
    if (!this.#loader && level) throw new UserError(`${this.#name} has no BOOT0: there is no ROM loader`);
    this.#boot0 = level;
    this.#tell();
  }

  setPower(on: boolean): Promise<void> {
    return this.#inTurn(async () => {
      if (on === (this.#state !== 'off')) return;
      await this.#halt();
      if (!on) this.#setState('off');
      this.#keepFlashOrStayOff();
      if (on) this.#start();
    });
  }

  profile(ranges: readonly ProfileRange[]): Promise<void> {
    return this.#inTurn(async () => {
      if (ranges.length > 0 && this.#uncounted !== undefined) throw new UserError(this.#uncounted);
      this.#ranges = ranges;
      if (this.#state !== 'running') return;
      await this.#halt();
      this.#keepFlashOrStayOff();
      this.#startProgram();
    });
  }

  write(address: number, bytes: Uint8Array): Promise<void> {
    return this.#inTurn(() => {
      const { base, bytes: size } = this.#board.memory.flash;
      if (address < base || address + bytes.length > base + size) {
        throw new UserError(
          `0x${address.toString(16)} and ${bytes.length} bytes from there are not all in flash, which has ${size} bytes from 0x${base.toString(16)}`,
        );
      }
      this.#flash.bytes.set(bytes, address - base);
      this.#flash.changed();
    });
  }

  close(): Promise<void> {
    this.#closed = true;
    return this.#inTurn(async () => {
      await this.#halt();
      this.#state = 'off';
      this.#pty.close();
      rmSync(this.#rangesPath, { force: true });
      this.#flash.keep();
    });
  }

  get #rangesPath(): string {
    return join(this.#folder, 'profile.txt');
  }

  #inTurn(action: () => Promise<void> | void): Promise<void> {
    const done = this.#work.then(action);
    this.#work = done.catch(() => undefined);
    return done;
  }

  async #findPlugin(): Promise<void> {
    try {
      this.#plugin = await qemuCountPlugin(this.#program);
    } catch (error) {
      const { message, hint } = error as Error & { hint?: string };
      this.#say(`instructions are not counted: ${message}${hint === undefined ? '' : ` (${hint})`}`);
      this.#uncounted = `instructions are not counted: ${message}`;
    }
  }

  /**
   * Comes out of reset, as BOOT0 says. Empty flash would lock up a real chip at once; where there is a loader it is as if BOOT0
   * were high.
   */
  #start(): void {
    if (this.#closed) return;
    this.#starts += 1;
    this.#lockedUp = undefined;
    if (this.#loader && (this.#boot0 || this.#flash.isBlank)) {
      this.#loader.reset();
      this.#pty.eager = true;
      this.#setState('rom loader');
    } else if (this.#flash.isBlank) {
      this.#lockedUp = 'flash is empty: there is nothing to start';
      this.#setState('locked up');
    } else {
      this.#startProgram();
    }
  }

  #go(address: number): boolean {
    const { base } = this.#board.memory.flash;
    if (address !== base) {
      this.#say(
        `the ROM loader was asked to start 0x${address.toString(16)}; only 0x${base.toString(16)} is emulated`,
      );
      return false;
    }
    if (!this.#keepFlash()) return false;
    // Behind the acknowledgement of the request; a reset that came first has made it void.
    const asked = this.#starts;
    setImmediate(() => {
      void this.#inTurn(() => {
        if (!this.#closed && this.#state === 'rom loader' && this.#starts === asked) this.#startProgram();
      });
    });
    return true;
  }

  #startProgram(): void {
    const { base } = this.#board.memory.flash;
    const count = this.#count();
    const qemu = startQemu({
      program: this.#program,
      machine: this.#board.emulator!.machine,
      flash: { path: this.#flash.path, base },
      ...(count && { count }),
    });
    this.#qemu = qemu;
    this.#pty.eager = false;
    qemu.uart.on('data', (bytes: Buffer) => {
      this.#pty.write(bytes);
      if (this.#pty.queued > queuedBytesMax) qemu.uart.pause();
    });
    if (qemu.counts) createInterface({ input: qemu.counts }).on('line', (line) => this.#countToken(line));
    void qemu.ended.then((end) => this.#qemu === qemu && this.#lockUp(end));
    this.#setState('running');
  }

  /** What to count, as the flashed firmware says; undefined where it does not. */
  #count(): QemuCount | undefined {
    const { flashMap, memory } = this.#board;
    const plugin = this.#plugin;
    if (plugin === undefined) return undefined;
    const start = flashMap.firmware.base - memory.flash.base;
    const info = readFirmwareInfo(this.#flash.bytes.subarray(start, start + flashMap.firmware.bytes));
    this.#uncounted = info
      ? undefined
      : 'instructions are not counted: the flashed firmware does not say where';
    if (!info) return undefined;
    const { markStart, markStop, isrStart, isrEnd } = info;
    const marks = { start: markStart, stop: markStop, isrStart, isrEnd };
    if (this.#ranges.length === 0) return { plugin, marks, memory };
    const hex = (address: number): string => address.toString(16);
    const lines = this.#ranges.map((range) => `${hex(range.start)} ${hex(range.end)} ${range.name}\n`);
    writeFileSync(this.#rangesPath, lines.join(''));
    return { plugin, marks, memory, ranges: this.#rangesPath };
  }

  #receive(bytes: Uint8Array): void {
    if (this.#state === 'rom loader') this.#loader?.feed(bytes);
    else this.#qemu?.uart.write(bytes);
  }

  #countToken(line: string): void {
    let counts: TokenCounts;
    try {
      counts = JSON.parse(line) as TokenCounts;
    } catch {
      return; // Cut off in the middle: QEMU was stopped there.
    }
    for (const listener of this.#listeners) listener({ event: 'counts', counts });
  }

  #lockUp(end: { code: number | null; signal: string | null; said: string }): void {
    const core = /Lockup: (.*)/.exec(end.said)?.[1];
    const how = end.signal === null ? `with code ${end.code}` : `by ${end.signal}`;
    const said = end.said.trim().split('\n')[0] ?? '';
    this.#qemu = undefined;
    this.#lockedUp =
      core === undefined
        ? `the emulator ended ${how}${said === '' ? '' : `: ${said}`}; reset starts the board again`
        : `the core is locked up (${core}); reset starts it again`;
    this.#say(this.#lockedUp);
    this.#setState('locked up');
  }

  async #halt(): Promise<void> {
    const qemu = this.#qemu;
    this.#qemu = undefined;
    qemu?.kill();
    await qemu?.ended;
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

  /** Writes flash to its file when it changed. False when that failed, which is said and noted. */
  #keepFlash(): boolean {
    try {
      this.#flash.keep();
      return true;
    } catch (error) {
      this.#say((error as Error).message);
      this.#tell();
      if (error instanceof DeviceError) return false;
      throw error;
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

  #say(line: string): void {
    this.#options.log?.(line);
  }
}
