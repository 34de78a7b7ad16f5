// The emulated STM32F405: a serial port, the ROM boot loader played by this process, and QEMU for what is flashed.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Board } from '../../boards/board.ts';
import { DeviceError } from '../contracts/errors.ts';
import { readFirmwareInfo } from '../contracts/firmware.ts';
import { stateFolder } from '../toolchain/paths.ts';
import { qemuCountPlugin, startQemu } from '../toolchain/qemu.ts';
import type { CountMarks, QemuProcess } from '../toolchain/qemu.ts';
import { requireProgram } from '../toolchain/run.ts';
import { serveControl } from './control.ts';
import type {
  BoardEvent,
  BoardState,
  BoardStatus,
  ControlServer,
  Controlled,
  TokenCounts,
} from './control.ts';
import { loadFlash, saveFlash } from './flash-file.ts';
import { PtyDevice } from './pty.ts';
import { registerBoard } from './registry.ts';
import { RomLoader } from './stm32-rom.ts';

export interface BoardOptions {
  /** Count instructions; true when left out. */
  count?: boolean;
  /** Is told what happens to the board, a sentence at a time. */
  log?: (line: string) => void;
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

/** Bytes that may wait for a program that does not read, before the core's UART is held up. */
const queuedBytesMax = 65536;
/** A Unix socket's path has at most 107 characters. */
const socketPathMax = 100;

/**
 * Starts the board: from flash, or in the ROM loader while flash is empty.
 * Rejects with a UserError when QEMU is missing, and with a DeviceError when the board already runs or there is no pty.
 */
export async function startStm32f405(
  name: string,
  board: Board,
  options: BoardOptions = {},
): Promise<EmulatedBoard> {
  requireProgram('qemu-system-arm');
  const folder = socketFolder(name);
  const chip = new Chip(name, board, options);
  const control = join(folder.path, 'control.sock');
  let unregister: (() => void) | undefined;
  let server: ControlServer | undefined;
  const close = async (): Promise<void> => {
    await server?.close();
    unregister?.();
    folder.remove();
    await chip.close();
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

/** The chip with its pins. What is said of it to people goes through `status` and `log`. */
class Chip implements Controlled {
  readonly #name: string;
  readonly #board: Board;
  readonly #options: BoardOptions;
  readonly #flash: Buffer;
  readonly #flashPath: string;
  readonly #pty: PtyDevice;
  readonly #rom: RomLoader;
  readonly #listeners = new Set<(event: BoardEvent) => void>();
  #state: BoardState = 'off';
  #boot0 = false;
  #unsaved = false;
  #qemu: QemuProcess | undefined;
  /** Reset, power, the loader's Go and the end come from several sides; each waits for the one before. */
  #work: Promise<unknown> = Promise.resolve();
  #closed = false;
  /** How often it came out of reset. */
  #starts = 0;
  #plugin: string | undefined;
  /** Why nothing is counted; why the chip is locked up; why flash could not be kept. */
  #uncounted: string | undefined;
  #lockedUp: string | undefined;
  #unkept: string | undefined;

  constructor(name: string, board: Board, options: BoardOptions) {
    const { flash, ram } = board.memory;
    this.#name = name;
    this.#board = board;
    this.#options = options;
    this.#flashPath = join(stateFolder(), 'boards', name, 'flash.bin');
    this.#flash = loadFlash(this.#flashPath, flash.bytes);
    this.#rom = new RomLoader(
      { flash: this.#flash, flashBase: flash.base, eraseUnits: board.eraseUnits, ram },
      {
        send: (bytes) => this.#pty.write(bytes),
        changed: () => (this.#unsaved = true),
        go: (address) => this.#go(address),
      },
    );
    this.#pty = new PtyDevice({
      data: (bytes) => this.#receive(bytes),
      client: (present) => !present && this.#keepFlash(),
      drained: () => this.#qemu?.uart.resume(),
    });
  }

  get port(): string {
    return this.#pty.path;
  }

  status(): BoardStatus {
    const blank =
      this.#state === 'rom loader' && this.#isBlank()
        ? 'flash is empty: the board stays in its ROM loader'
        : undefined;
    const notes = [this.#lockedUp, blank, this.#unkept, this.#uncounted].filter((note) => note !== undefined);
    const counted = this.#state === 'running' && this.#uncounted === undefined;
    return { board: this.#name, port: this.port, state: this.#state, boot0: this.#boot0, counted, notes };
  }

  subscribe(listener: (event: BoardEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** First power: finds out whether instructions can be counted, and starts. */
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

  close(): Promise<void> {
    this.#closed = true;
    return this.#inTurn(async () => {
      await this.#halt();
      this.#state = 'off';
      this.#pty.close();
      this.#mustKeepFlash();
    });
  }

  #inTurn(action: () => Promise<void> | void): Promise<void> {
    const done = this.#work.then(action);
    this.#work = done.catch(() => undefined);
    return done;
  }

  async #findPlugin(): Promise<void> {
    try {
      this.#plugin = await qemuCountPlugin();
    } catch (error) {
      const { message, hint } = error as Error & { hint?: string };
      this.#say(`instructions are not counted: ${message}${hint === undefined ? '' : ` (${hint})`}`);
      this.#uncounted = `instructions are not counted: ${message}`;
    }
  }

  /** Comes out of reset, as BOOT0 says. Empty flash would lock up a real chip at once; here it is as if BOOT0 were high. */
  #start(): void {
    if (this.#closed) return;
    this.#starts += 1;
    this.#lockedUp = undefined;
    if (this.#boot0 || this.#isBlank()) {
      this.#rom.reset();
      this.#pty.eager = true;
      this.#setState('rom loader');
    } else {
      this.#startProgram();
    }
  }

  #isBlank(): boolean {
    return this.#flash.readUInt32LE(0) === 0xffff_ffff && this.#flash.readUInt32LE(4) === 0xffff_ffff;
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
    const marks = this.#marks();
    const count = marks && this.#plugin !== undefined ? { plugin: this.#plugin, marks } : undefined;
    const machine = this.#board.emulator!.machine;
    const qemu = startQemu({ machine, flash: { path: this.#flashPath, base }, ...(count && { count }) });
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

  /** Where to count, as the flashed firmware says; undefined where it does not. */
  #marks(): CountMarks | undefined {
    const { flashMap } = this.#board;
    const info = readFirmwareInfo(this.#flash.subarray(0, flashMap.firmware.bytes));
    if (this.#plugin === undefined) return undefined;
    this.#uncounted = info
      ? undefined
      : 'instructions are not counted: the flashed firmware does not say where';
    if (!info) return undefined;
    return { start: info.markStart, stop: info.markStop, isrStart: info.isrStart, isrEnd: info.isrEnd };
  }

  #receive(bytes: Uint8Array): void {
    if (this.#state === 'rom loader') this.#rom.feed(bytes);
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
      this.#mustKeepFlash();
    } catch (error) {
      this.#setState('off');
      throw error;
    }
  }

  /** Writes flash to its file when it changed. False when that failed, which is said and noted. */
  #keepFlash(): boolean {
    try {
      this.#mustKeepFlash();
      return true;
    } catch (error) {
      this.#say(this.#unkept!);
      this.#tell();
      if (error instanceof DeviceError) return false;
      throw error;
    }
  }

  #mustKeepFlash(): void {
    if (!this.#unsaved) return;
    try {
      saveFlash(this.#flashPath, this.#flash);
      this.#unsaved = false;
      this.#unkept = undefined;
    } catch (error) {
      this.#unkept = (error as Error).message;
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
