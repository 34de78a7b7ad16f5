// The control socket of an emulated board: what a hand does to a board with its buttons and supply, as lines of JSON, and its counts.
import { rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { DeviceError } from '../contracts/errors.ts';

/**
 * What the emulated core executed for one token, from the marker before the forward pass to the one after it; exact, equal in every run.
 * Interrupt handlers are only in `isr`. A conditional instruction whose condition fails counts as executed. Twin: count-plugin.c.
 */
export interface TokenCounts {
  /** Sum of the classes. */
  instructions: number;
  classes: {
    /** Single loads. */
    load: number;
    /** Single stores. */
    store: number;
    /** LDM, STM, PUSH, POP, LDRD and STRD; `ldmRegisters` says for how many registers in all. */
    ldm_stm: number;
    /** Products of integers, the long and the DSP ones too. */
    mul: number;
    /** SDIV, UDIV. */
    div: number;
    /** B, BL, BX, BLX, CBZ, CBNZ, TBB, TBH, and ADD or MOV to PC; taken or not. */
    branch: number;
    /** SIMD and saturating arithmetic, without products. */
    dsp: number;
    /** Floating point with its loads and stores. */
    fp: number;
    other: number;
  };
  /** How often the program did not go on at the next address: branches taken, returns by POP and LDM. */
  taken: number;
  /** Single loads right behind a single load or store, whose address does not depend on that load: one cycle rather than two. */
  pipelined: number;
  /** Registers moved by `ldm_stm`. */
  ldmRegisters: number;
  /** Data reads from flash, in accesses. */
  flashReads: number;
  /** Those that miss a data cache of 8 lines of 16 bytes (least recently used, empty at the first marker), as the F405 has. */
  flashLines: number;
  /** Instruction fetches that miss an instruction cache of 64 such lines. */
  codeLines: number;
  /** Data accesses to RAM; LDM, STM, LDRD and STRD count one for each register. */
  ramReads: number;
  ramWrites: number;
  /** Instructions of interrupt handlers between the markers; in none of the other figures. */
  isr: number;
}

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
  subscribe(listener: (event: BoardEvent) => void): () => void;
}

export interface ControlServer {
  close(): Promise<void>;
}

const replyLimitMs = 10_000;
const lineBytesMax = 4096;

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
      const request = JSON.parse(line) as ControlRequest | null;
      if (request?.do === 'counts') unsubscribe ??= board.subscribe(send);
      else await obey(request, board);
      send({ ok: true, status: board.status() });
    } catch (error) {
      send({ ok: false, error: (error as Error).message });
    }
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
    default:
      throw new Error(
        `a request is one of reset, boot0, power, status, counts; got ${JSON.stringify(request)}`,
      );
  }
}

function mustBeBoolean(value: unknown, what: string): boolean {
  if (typeof value === 'boolean') return value;
  throw new Error(`${what} is true or false; got ${value === undefined ? 'nothing' : JSON.stringify(value)}`);
}

export interface ControlClient {
  /** Asks and waits for the answer. Rejects with a DeviceError when the board refuses, is gone or silent for 10 s. */
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
