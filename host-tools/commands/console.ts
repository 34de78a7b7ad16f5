// `ternlet console`: a person's terminal on a board.
import { closeSync, openSync, writeSync } from 'node:fs';
import { defaultBoard, loadBoard } from '../../boards/board.ts';
import { DeviceError } from '../contracts/errors.ts';
import type { Port } from '../link/port.ts';
import { openBoard } from './board-port.ts';
import type { Io, Verb } from './command.ts';
import { openHostPort } from './model-device.ts';
import { modelImage } from './model-image.ts';

/** Ctrl-]. */
const leaveByte = 0x1d;
/** How long a port may be away, how often to look for it, and how long a device may think when standard input has ended. */
const limits = { awayMs: 60_000, lookMs: 500, quietMs: 1_500, knockMs: 300, knocks: 10 };

/** What a person types, a chunk at a time; undefined when it has ended. */
interface Keyboard {
  /** Sends to this port from now on; what is typed while there is none is dropped. */
  connect(port: Port | undefined): void;
  /** Resolves when the person leaves or standard input ends. */
  readonly left: Promise<'left' | 'ended'>;
  close(): void;
}

function openKeyboard(): Keyboard {
  const { stdin } = process;
  let port: Port | undefined;
  let resolve: (how: 'left' | 'ended') => void = () => undefined;
  const left = new Promise<'left' | 'ended'>((fulfil) => (resolve = fulfil));
  const take = (bytes: Buffer): void => {
    const at = stdin.isTTY ? bytes.indexOf(leaveByte) : -1;
    const typed = at < 0 ? bytes : bytes.subarray(0, at);
    if (typed.length > 0) port?.write(typed).catch(() => undefined); // The port's end is told by its listener.
    if (at >= 0) resolve('left');
  };
  const end = (): void => resolve('ended');
  if (stdin.isTTY) stdin.setRawMode(true);
  stdin.pause(); // Until there is somebody to listen.
  stdin.on('data', take);
  stdin.once('end', end);
  return {
    left,
    connect(next) {
      port = next;
      if (next) stdin.resume();
    },
    close() {
      stdin.off('data', take);
      stdin.off('end', end);
      stdin.pause();
      if (stdin.isTTY) stdin.setRawMode(false);
    },
  };
}

/** Shows what a port says until it is gone, a person leaves, or the signal. */
async function attend(
  port: Port,
  keyboard: Keyboard,
  log: number | undefined,
  io: Io,
): Promise<'gone' | 'left'> {
  let [lastHeard, heard] = [performance.now(), false];
  let gone: (how: 'gone') => void = () => undefined;
  const lost = new Promise<'gone'>((resolve) => (gone = resolve));
  const unsubscribe = port.subscribe({
    data(bytes) {
      [lastHeard, heard] = [performance.now(), true];
      if (log !== undefined) writeSync(log, bytes);
      io.write(bytes).catch(() => undefined); // A closed output aborts the signal.
    },
    closed: () => gone('gone'),
  });
  const aborted = new Promise<'left'>((resolve) => {
    if (io.signal.aborted) resolve('left');
    io.signal.addEventListener('abort', () => resolve('left'), { once: true });
  });
  /** Standard input that was a file or a pipe: the answer to its last line is waited for. */
  const leave = async (): Promise<'left'> => {
    if ((await keyboard.left) === 'ended') {
      lastHeard = performance.now();
      while (performance.now() - lastHeard < limits.quietMs) await pause(limits.quietMs / 10);
    }
    return 'left';
  };
  try {
    // Asks for the prompt; a board that just starts does not hear yet.
    for (let i = 0; i < limits.knocks && !heard; i += 1) {
      await port.write(Uint8Array.of(0x0d));
      await Promise.race([lost, aborted, pause(limits.knockMs)]);
    }
    keyboard.connect(port);
    return await Promise.race([lost, leave(), aborted]);
  } finally {
    keyboard.connect(undefined);
    unsubscribe();
  }
}

interface Opened {
  readonly port: Port;
  close(): Promise<void>;
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

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function opener(options: Readonly<Record<string, unknown>>, io: Io): Promise<() => Promise<Opened>> {
  const named = options['board'] as string | undefined;
  const name = named ?? defaultBoard;
  const board = await loadBoard(name);
  if (board.chip === 'host') {
    const image = await modelImage(options['model'] as string | undefined, name, board);
    return async () => {
      const { port } = await openHostPort(board, image, io);
      return { port, close: () => port.close() };
    };
  }
  const choice = { name, named: named !== undefined, port: options['port'] as string | undefined };
  return () => openBoard(choice, io);
}

export const console: Verb = {
  name: 'console',
  declare(command) {
    command
      .option('--board <name>', `which board; ${defaultBoard} if left out, emulated where none is attached`)
      .option('-p, --port <path>', 'its serial port; found if left out (TERNLET_PORT names one as well)')
      .option('--model <model>', 'for the host board: the model that it holds')
      .option('--log <file>', 'append what the board says to a file')
      .option('--no-reconnect', 'end when the port goes away')
      .addHelpText('after', '\nExample:\n  ternlet console --port /dev/ttyUSB0 --log session.txt');
  },
  async run(_, options, io) {
    const open = await opener(options, io);
    const path = options['log'] as string | undefined;
    const log = path === undefined ? undefined : openSync(path, 'a');
    let opened: Opened | undefined = await open();
    const keyboard = openKeyboard();
    try {
      while (opened) {
        io.log(`Connected to ${opened.port.path}; Ctrl-] leaves, help says what the board knows.`);
        const how = await attend(opened.port, keyboard, log, io);
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
      if (log !== undefined) closeSync(log);
    }
  },
};
