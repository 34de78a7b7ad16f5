// `ternlet console`: a person's terminal on a board.
import { setTimeout as pause } from 'node:timers/promises';
import { closeSync, openSync, writeSync } from 'node:fs';
import { loadBoard } from '../../boards/board.ts';
import { DeviceError } from '../contracts/errors.ts';
import type { ControlClient } from '../emulators/control.ts';
import type { Port } from '../link/port.ts';
import { addBoardOptions, boardChoiceOf } from './board-options.ts';
import { openBoard } from './board-port.ts';
import type { Io, Verb } from './command.ts';
import { openHostDevice } from './model-device.ts';
import { modelImage } from './model-image.ts';

/** Ctrl-]. */
const leaveByte = 0x1d;
/** How long a port may be away, how often to look for it, and how long a device may think when standard input has ended. */
const limits = { awayMs: 60_000, lookMs: 500, quietMs: 1_500, knockMs: 300, knocks: 10 };

/** What a person types, a chunk at a time; undefined when it has ended. */
interface Keyboard {
  /** Whether a person types, who sees what comes back; else a file or a pipe is read. */
  readonly isPerson: boolean;
  /** Sends to this port from now on; what is typed while there is none is dropped. */
  connect(port: Port | undefined): void;
  /** Resolves when the person leaves or standard input ends. */
  readonly left: Promise<'left' | 'ended'>;
  close(): void;
}

function openKeyboard(): Keyboard {
  const { stdin } = process;
  let port: Port | undefined;
  let hasLeft = false;
  let resolve: (how: 'left' | 'ended') => void = () => undefined;
  const left = new Promise<'left' | 'ended'>((fulfil) => (resolve = fulfil));
  const take = (bytes: Buffer): void => {
    const at = stdin.isTTY ? bytes.indexOf(leaveByte) : -1;
    const typed = at < 0 ? bytes : bytes.subarray(0, at);
    if (typed.length > 0 && !hasLeft) port?.write(typed).catch(() => undefined); // The port's end is told by its listener.
    if (at < 0) return;
    hasLeft = true; // What is typed behind it may come by itself, before the port is let go.
    resolve('left');
  };
  const end = (): void => resolve('ended');
  if (stdin.isTTY) stdin.setRawMode(true);
  else stdin.pause(); // Until there is somebody to listen; from a person Ctrl-] is always heard.
  stdin.on('data', take);
  stdin.once('end', end);
  stdin.once('error', end); // The terminal is gone.
  return {
    isPerson: stdin.isTTY,
    left,
    connect(next) {
      port = next;
      if (next) stdin.resume();
    },
    close() {
      stdin.off('data', take);
      stdin.off('end', end);
      stdin.off('error', end);
      stdin.pause();
      if (stdin.isTTY) stdin.setRawMode(false);
    },
  };
}

/** Keeps what a board says. */
interface Log {
  write(bytes: Uint8Array): void;
  close(): void;
}

/** Appends to a file; a disk that is full ends the log, not the conversation. */
function openLog(path: string, io: Io): Log {
  let fd: number | undefined = openSync(path, 'a');
  const close = (): void => {
    if (fd !== undefined) closeSync(fd);
    fd = undefined;
  };
  return {
    close,
    write(bytes) {
      try {
        for (let at = 0; fd !== undefined && at < bytes.length;) at += writeSync(fd, bytes, at);
      } catch (error) {
        io.log(`\n${path} ends here, it cannot be written: ${(error as Error).message}`);
        close();
      }
    },
  };
}

interface Opened {
  readonly port: Port;
  readonly control?: ControlClient | undefined;
  close(): Promise<void>;
}

/** Why a board does not answer, as far as can be known. */
async function whySilent(control: ControlClient | undefined): Promise<string> {
  const status = await control?.request({ do: 'status' }).catch(() => undefined); // Its port tells that it is gone.
  if (status === undefined || status.state === 'running')
    return 'The board says nothing; perhaps it has no firmware.';
  return `The emulated board runs no firmware (${[status.state, ...status.notes].join('; ')}).`;
}

/** Shows what a port says until it is gone, a person leaves, or the signal. Rejects where it cannot be shown. */
async function attend(
  { port, control }: Opened,
  keyboard: Keyboard,
  log: Log | undefined,
  io: Io,
): Promise<'gone' | 'left'> {
  let [lastHeard, heard] = [performance.now(), false];
  let end: (how: 'gone' | 'left') => void = () => undefined;
  let fail: (error: unknown) => void = () => undefined;
  const over = new Promise<'gone' | 'left'>((resolve, reject) => ([end, fail] = [resolve, reject]));
  const unsubscribe = port.subscribe({
    data(bytes) {
      [lastHeard, heard] = [performance.now(), true];
      log?.write(bytes);
      io.write(bytes).catch((error: unknown) => !io.signal.aborted && fail(error)); // A closed output aborts the signal.
    },
    closed: () => end('gone'),
  });
  const leave = (): void => end('left');
  io.signal.addEventListener('abort', leave, { once: true });
  if (io.signal.aborted) leave();
  /** Standard input that was a file or a pipe: the answer to its last line is waited for. */
  const hasLeft = async (): Promise<'left'> => {
    if ((await keyboard.left) === 'ended') {
      lastHeard = performance.now();
      while (performance.now() - lastHeard < limits.quietMs) await pause(limits.quietMs / 10);
    }
    return 'left';
  };
  try {
    const ended = Promise.race([over, hasLeft()]);
    ended.catch(() => undefined); // It is awaited below, but not at every moment.
    if (keyboard.isPerson) keyboard.connect(port);
    // Asks for the prompt; a board that just starts does not hear yet.
    for (let i = 0; i < limits.knocks && !heard; i += 1) {
      port.write(Uint8Array.of(0x0d)).catch(() => undefined); // The port's end is told by its listener.
      const how = await Promise.race([ended, pause(limits.knockMs)]);
      if (how !== undefined) return how;
    }
    if (!heard) io.log(`${await whySilent(control)} Leave, then say: ternlet flash`);
    keyboard.connect(port);
    return await ended;
  } finally {
    keyboard.connect(undefined);
    io.signal.removeEventListener('abort', leave);
    unsubscribe();
  }
}

/** Opens the port again and again until it is there, for about a minute; undefined when the person leaves meanwhile. */
async function reopen(open: () => Promise<Opened>, keyboard: Keyboard, io: Io): Promise<Opened | undefined> {
  const until = performance.now() + limits.awayMs;
  const hasLeft = keyboard.left.then(() => true);
  for (;;) {
    const left = await Promise.race([hasLeft, pause(limits.lookMs).then(() => false)]);
    if (left || io.signal.aborted) return undefined;
    try {
      return await open();
    } catch (error) {
      if (!(error instanceof DeviceError) || performance.now() > until) throw error;
    }
  }
}

async function opener(options: Readonly<Record<string, unknown>>, io: Io): Promise<() => Promise<Opened>> {
  const choice = boardChoiceOf(options);
  const board = await loadBoard(choice.name);
  if (board.chip === 'host') {
    const image = await modelImage(options['model'] as string | undefined, choice.name, board, io.signal);
    return () => openHostDevice(choice, board, image, io);
  }
  return () => openBoard(choice, io);
}

export const console: Verb = {
  name: 'console',
  declare(command) {
    addBoardOptions(command, true)
      .option('--model <model>', 'for the host board: the model that it holds')
      .option('--log <file>', 'append what the board says to a file')
      .option('--no-reconnect', 'end when the port goes away')
      .addHelpText('after', '\nExample:\n  ternlet console --port /dev/ttyUSB0 --log session.txt');
  },
  async run(_, options, io) {
    const open = await opener(options, io);
    const path = options['log'] as string | undefined;
    const log = path === undefined ? undefined : openLog(path, io);
    let opened: Opened | undefined = await open();
    const keyboard = openKeyboard();
    try {
      while (opened) {
        io.log(`Connected to ${opened.port.path}; Ctrl-] leaves, help says what the board knows.`);
        const how = await attend(opened, keyboard, log, io);
        const { path: lost } = opened.port;
        await opened.close();
        opened = undefined;
        if (how === 'left') break;
        if (options['reconnect'] === false)
          throw new DeviceError(`${lost} is gone`, 'is the board still attached?');
        io.log(`\n${lost} is gone; waiting for it to come back. Ctrl-] leaves.`);
        opened = await reopen(open, keyboard, io);
      }
    } finally {
      keyboard.close();
      await opened?.close();
      log?.close();
    }
  },
};
