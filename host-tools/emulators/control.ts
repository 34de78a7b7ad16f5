// The control socket of an emulated board: what a hand does to a board with its buttons and supply, as lines of JSON, and its counts.
import { rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { DeviceError } from '../contracts/errors.ts';
import type { ProfileRange, TokenCounts } from './counts.ts';

export type { CycleCounts, InstructionCounts, ProfileRange, TokenCounts } from './counts.ts';

export type BoardState = 'rom loader' | 'running' | 'locked up' | 'off';

export interface BoardStatus {
  board: string;
  port: string;
  state: BoardState;
  /** The level of BOOT0 at the next reset. */
  boot0: boolean;
  /** Whether instructions are being counted. */
  counted: boolean;
  /** What a person should know: why BOOT0 is high, why nothing is counted, why the board is locked up, what went wrong; empty if nothing. */
  notes: string[];
}

export type BoardEvent = { event: 'counts'; counts: TokenCounts } | { event: 'status'; status: BoardStatus };

export type ControlRequest =
  | { do: 'reset' }
  | { do: 'boot0'; level: boolean }
  | { do: 'power'; on: boolean }
  | { do: 'status' }
  /** Counts these ranges of code apart from now on; none ends that. A program that runs is started anew. */
  | { do: 'profile'; ranges: ProfileRange[] }
  /** Replaces bytes of flash, as a debug probe does; what runs from it starts at the next reset. */
  | { do: 'write'; address: number; hex: string }
  /** From here on events are sent as well. */
  | { do: 'counts' };

/** Every request is answered by one of these, in order; an event has `event` instead of `ok`. */
export type ControlReply = { ok: true; status: BoardStatus } | { ok: false; error: string };

/** What the control socket works on. */
export interface Controlled {
  status(): BoardStatus;
  reset(): Promise<void>;
  setBoot0(level: boolean): Promise<void>;
  setPower(on: boolean): Promise<void>;
  /** Left out by a board that cannot count by ranges. Rejects where nothing is counted. */
  profile?(ranges: readonly ProfileRange[]): Promise<void>;
  /** Left out by a board that is flashed another way. Rejects for bytes outside flash. */
  write?(address: number, bytes: Uint8Array): Promise<void>;
  subscribe(listener: (event: BoardEvent) => void): () => void;
}

export interface ControlServer {
  close(): Promise<void>;
}

const replyLimitMs = 30_000;
/** A request to write carries two characters a byte. */
const lineBytesMax = 1 << 20;

/** Serves a board's control socket at `path`. Rejects with a DeviceError when the socket cannot be made. */
export async function serveControl(path: string, board: Controlled): Promise<ControlServer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    serveClient(socket, board);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) =>
      reject(new DeviceError(`the control socket ${path} cannot be made: ${error.message}`)),
    );
    server.listen(path, resolve);
  });
  return {
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      rmSync(path, { force: true });
    },
  };
}

function serveClient(socket: Socket, board: Controlled): void {
  let unsubscribe: (() => void) | undefined;
  let buffer = '';
  let work = Promise.resolve();
  const send = (value: ControlReply | BoardEvent): void => {
    if (!socket.destroyed) socket.write(`${JSON.stringify(value)}\n`);
  };
  socket.on('error', () => undefined); // `close` follows.
  socket.on('close', () => unsubscribe?.());
  socket.setEncoding('utf8').on('data', (text: string) => {
    const lines = (buffer + text).split('\n');
    buffer = lines.pop()!;
    if (buffer.length > lineBytesMax) socket.destroy();
    for (const line of lines) work = work.then(() => answer(line));
  });

  async function answer(line: string): Promise<void> {
    try {
      const request = requestIn(line);
      if (request?.do === 'counts') unsubscribe ??= board.subscribe(send);
      else await obey(request, board);
      send({ ok: true, status: board.status() });
    } catch (error) {
      send({ ok: false, error: (error as Error).message });
    }
  }
}

function requestIn(line: string): ControlRequest | null {
  try {
    return JSON.parse(line) as ControlRequest | null;
  } catch {
    throw new Error(`a request is one line of JSON, as {"do": "status"}; got ${textOf(line)}`);
  }
}

async function obey(request: ControlRequest | null, board: Controlled): Promise<void> {
  switch (request?.do) {
    case 'reset':
      return board.reset();
    case 'boot0':
      return board.setBoot0(mustBeBoolean(request.level, 'the "level" of boot0'));
    case 'power':
      return board.setPower(mustBeBoolean(request.on, 'the "on" of power'));
    case 'status':
      return;
    case 'profile':
      if (board.profile) return board.profile(mustBeRanges(request.ranges));
      throw new Error(`${board.status().board} does not count by ranges of code`);
    case 'write':
      if (board.write)
        return board.write(mustBeAddress(request.address, 'of write'), mustBeBytes(request.hex));
      throw new Error(`${board.status().board} is not written through its control socket`);
    default:
      throw new Error(
        `a request is one of reset, boot0, power, status, counts, profile, write; got ${textOf(request)}`,
      );
  }
}

/** What was sent, cut where it is long. */
function textOf(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length <= 100 ? text : `${text.slice(0, 100)}…`;
}

function mustBeBoolean(value: unknown, what: string): boolean {
  if (typeof value === 'boolean') return value;
  throw new Error(`${what} is true or false; got ${textOf(value)}`);
}

function mustBeAddress(value: unknown, what: string): number {
  if (Number.isInteger(value) && (value as number) >= 0 && (value as number) < 2 ** 32)
    return value as number;
  throw new Error(`an address ${what} is a whole number of 32 bits; got ${textOf(value)}`);
}

function mustBeBytes(value: unknown): Uint8Array {
  if (typeof value === 'string' && /^([0-9a-f]{2})*$/i.test(value)) return Buffer.from(value, 'hex');
  throw new Error(`the "hex" of write is two hexadecimal digits a byte; got ${textOf(value)}`);
}

/** Names are words without spaces, as symbols are: the ranges go to the emulator as lines of text. */
function mustBeRanges(value: unknown): ProfileRange[] {
  if (!Array.isArray(value)) throw new Error(`the "ranges" of profile are a list; got ${textOf(value)}`);
  const ranges = value.map((range: Partial<ProfileRange> | null): ProfileRange => {
    if (typeof range?.name !== 'string' || !/^[\w.$-]{1,63}$/.test(range.name))
      throw new Error(`the name of a range is 1 to 63 letters, digits and _ . $ -; got ${textOf(range)}`);
    const start = mustBeAddress(range.start, `of ${range.name}`);
    const end = mustBeAddress(range.end, `of ${range.name}`);
    if (end <= start) throw new Error(`a range ends behind its start; got ${textOf(range)}`);
    return { name: range.name, start, end };
  });
  ranges.sort((a, b) => a.start - b.start);
  const clash = ranges.find(({ start }, i) => i > 0 && start < ranges[i - 1]!.end);
  if (clash) throw new Error(`no two ranges may overlap; ${textOf(clash)} does`);
  return ranges;
}

export interface ControlClient {
  /** Asks and waits for the answer. Rejects with a DeviceError when the board refuses, is gone or silent for 30 s. */
  request(request: ControlRequest): Promise<BoardStatus>;
  /** Calls back with counts and changes of status from now on; the status at its begin is returned. */
  subscribe(listener: (event: BoardEvent) => void): Promise<BoardStatus>;
  close(): void;
}

/** Connects to the control socket of a running board. Rejects with a DeviceError when nobody listens there. */
export async function connectControl(path: string): Promise<ControlClient> {
  const socket = connect(path);
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', (error) =>
      reject(
        new DeviceError(`the emulated board's control socket ${path} does not answer: ${error.message}`),
      ),
    );
  });
  const waiting: ((reply: ControlReply) => void)[] = [];
  const listeners: ((event: BoardEvent) => void)[] = [];
  socket.on('error', () => undefined); // `close` follows.
  socket.on('close', () =>
    waiting.splice(0).forEach((done) => done({ ok: false, error: 'the emulated board is gone' })),
  );
  createInterface({ input: socket }).on('line', (line) => {
    const message = JSON.parse(line) as ControlReply | BoardEvent;
    if ('event' in message) listeners.forEach((listener) => listener(message));
    else waiting.shift()?.(message);
  });

  function request(body: ControlRequest): Promise<BoardStatus> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        socket.destroy(); // A late answer would be taken for the next one's.
        reject(
          new DeviceError(`the emulated board did not answer "${body.do}" within ${replyLimitMs / 1000} s`),
        );
      }, replyLimitMs);
      waiting.push((reply) => {
        clearTimeout(timer);
        if (reply.ok) resolve(reply.status);
        else reject(new DeviceError(reply.error));
      });
      if (socket.destroyed) waiting.pop()!({ ok: false, error: 'the emulated board is gone' });
      else socket.write(`${JSON.stringify(body)}\n`);
    });
  }

  return {
    request,
    subscribe(listener) {
      listeners.push(listener);
      return request({ do: 'counts' });
    },
    close: () => void socket.destroy(),
  };
}
