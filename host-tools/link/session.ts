// A conversation with a device in framed mode: who are you, write on from this prompt, stop.
import { randomBytes } from 'node:crypto';
import { readFields } from '../contracts/c-header.ts';
import { DeviceError } from '../contracts/errors.ts';
import * as contract from '../contracts/link.ts';
import { statusCode, statusWords } from '../contracts/status.ts';
import {
  asBytes,
  createEventReader,
  eventCode,
  generatePayload,
  readIdentity,
  tokenBytes,
} from './events.ts';
import type { GenerateOptions, Identity, LinkEvent, Prompt } from './events.ts';
import { createFrameDecoder, encodeFrame } from './frames.ts';
import type { Frame } from './frames.ts';
import type { Port } from './port.ts';

export type { DoneEvent, GenerateOptions, Identity, LinkEvent, Prompt, TokenEvent } from './events.ts';

export interface Session {
  identify(): Promise<Identity>;
  /**
   * Events of one generation; the last is `done`. Leaving the loop early, or the signal, stops the device first.
   * Throws a DeviceError when the device refuses, falls silent or is gone.
   */
  generate(
    prompt: Prompt,
    options: GenerateOptions,
    signal?: AbortSignal,
  ): AsyncGenerator<LinkEvent, void, void>;
  /** Turns the marker pins on or off. */
  markers(on: boolean): Promise<void>;
  /** Restarts the device, or sends it to the boot loader in ROM; the session is over then. */
  restart(into: 'firmware' | 'bootloader'): Promise<void>;
  /** Gives the port back to the console. It stays open. */
  close(): Promise<void>;
}

/** Limits of waits in milliseconds, and of attempts. */
export const sessionLimits = {
  helloMs: 500,
  helloAttempts: 10,
  answerMs: 2_000,
  attempts: 4,
  silenceMs: 30_000,
};

/** Opens framed mode. Rejects with a DeviceError when nothing that speaks it answers. `limits` are for tests. */
export async function openSession(port: Port, limits = sessionLimits): Promise<Session> {
  const session = new Client(port, limits);
  try {
    await session.hello();
  } catch (error) {
    session.release();
    throw error;
  }
  return session;
}

type RequestName = (typeof contract.requests)[number]['name'];
const requestCode = (name: RequestName): number => contract.requests.find((one) => one.name === name)!.code;
const none = new Uint8Array(0);

function isOk(code: number): boolean {
  return code === statusCode('ok');
}

function assertVersion(version: number): void {
  if (version === contract.linkVersion) return;
  throw new DeviceError(
    `the firmware speaks version ${version} of the link, this ternlet version ${contract.linkVersion}`,
    'ternlet flash brings the firmware that fits',
  );
}

/** What an ack says. */
interface Answer {
  readonly status: number;
  readonly version: number;
}

class Client implements Session {
  readonly #port: Port;
  readonly #limits: typeof sessionLimits;
  readonly #decoder = createFrameDecoder();
  readonly #unsubscribe: () => void;
  /** Requests that wait for their ack, by sequence. */
  readonly #waiting = new Map<number, (answer: Answer | 'gone') => void>();
  #events: Frame[] = [];
  #wake: () => void = () => undefined;
  #sequence = randomBytes(1)[0]!;
  #heard: number | undefined;
  #lost = 0;
  #gone: string | undefined;
  /** What went wrong beside the events while a generation runs. */
  #failure: Error | undefined;

  constructor(port: Port, limits: typeof sessionLimits) {
    this.#port = port;
    this.#limits = limits;
    this.#unsubscribe = port.subscribe({
      data: (bytes) => this.#decoder.take(bytes).forEach((frame) => this.#take(frame)),
      closed: (reason) => {
        this.#gone = reason;
        this.#wake();
        for (const answered of [...this.#waiting.values()]) answered('gone');
      },
    });
  }

  release(): void {
    this.#unsubscribe();
  }

  #take(frame: Frame): void {
    if (frame.sequence === this.#heard) return; // The line repeated it.
    const missing = this.#heard === undefined ? 0 : (frame.sequence - this.#heard - 1) & 0xff;
    // An ack that is missing is asked for again; an event is lost.
    if (missing > this.#waiting.size) this.#lost += missing;
    this.#heard = frame.sequence;
    if (frame.type === eventCode('ack') && frame.payload.length === 4) {
      const { sequence, status, version } = readFields(contract.ackFields, frame.payload);
      this.#waiting.get(sequence)?.({ status, version });
      this.#wake();
      return;
    }
    this.#events.push(frame);
    this.#wake();
  }

  #vanished(): DeviceError {
    return new DeviceError(
      `${this.#port.path} is gone: ${this.#gone}`,
      'is the board still attached and powered?',
    );
  }

  /** One attempt: the status of the ack, or undefined when none came. While the device says that it is busy, the wait goes on. */
  async #attempt(bytes: Uint8Array, sequence: number, limitMs: number): Promise<number | undefined> {
    if (this.#gone !== undefined) throw this.#vanished();
    // It never rejects: nobody awaits it when the write fails.
    const { promise, resolve } = deferred<Answer | 'gone' | undefined>();
    let timer = setTimeout(() => resolve(undefined), limitMs);
    this.#waiting.set(sequence, (answer) => {
      if (answer === 'gone' || answer.status !== statusCode('busy')) return resolve(answer);
      clearTimeout(timer);
      timer = setTimeout(() => resolve(undefined), limitMs);
    });
    let answer: Answer | 'gone' | undefined;
    try {
      await this.#port.write(bytes);
      answer = await promise;
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(sequence);
    }
    if (answer === 'gone') throw this.#vanished();
    if (answer !== undefined) assertVersion(answer.version);
    return answer?.status;
  }

  /** Asks until it is answered; the status. Rejects with a DeviceError after the last attempt. */
  async #ask(
    name: RequestName,
    payload: Uint8Array = none,
    limitMs = this.#limits.answerMs,
    attempts = this.#limits.attempts,
  ): Promise<number> {
    const sequence = (this.#sequence = (this.#sequence + 1) & 0xff);
    const bytes = encodeFrame({ type: requestCode(name), sequence, payload });
    for (let i = 0; i < attempts; i += 1) {
      const status = await this.#attempt(bytes, sequence, limitMs);
      if (status !== undefined) return status;
    }
    const waited = (limitMs * attempts) / 1000;
    throw new DeviceError(
      `${this.#port.path} does not answer: no Ternlet firmware was heard within ${waited} s`,
      'ternlet flash writes the firmware; is this the right port, and is nothing else using it?',
    );
  }

  async hello(): Promise<void> {
    await this.#ask('hello', randomBytes(4), this.#limits.helloMs, this.#limits.helloAttempts);
    this.#forgetEvents();
  }

  /** The next event; rejects with a DeviceError after a long silence. */
  async #next(limitMs = this.#limits.silenceMs): Promise<Frame> {
    for (;;) {
      const frame = this.#events.shift();
      if (frame) return frame;
      if (this.#gone !== undefined) throw this.#vanished();
      if (this.#failure !== undefined) throw this.#failure;
      const { promise, resolve } = deferred<boolean>();
      const timer = setTimeout(() => resolve(false), limitMs);
      this.#wake = () => resolve(true);
      const woken = await promise;
      clearTimeout(timer);
      this.#wake = () => undefined;
      if (!woken) throw new DeviceError(`${this.#port.path} fell silent for ${limitMs / 1000} s`);
    }
  }

  /** The ack may come and the identity be lost, or late: it is asked for again like an ack. */
  async identify(): Promise<Identity> {
    for (let attempt = 1; ; attempt += 1) {
      this.#events = [];
      await this.#ask('identify');
      try {
        let frame = await this.#next(this.#limits.answerMs);
        while (frame.type !== eventCode('identity')) frame = await this.#next(this.#limits.answerMs);
        return readIdentity(frame.payload);
      } catch (error) {
        if (this.#gone !== undefined || attempt >= this.#limits.attempts) throw error;
      }
    }
  }

  async markers(on: boolean): Promise<void> {
    await this.#ask('markers', Uint8Array.of(on ? 1 : 0));
  }

  async restart(into: 'firmware' | 'bootloader'): Promise<void> {
    await this.#ask(into === 'firmware' ? 'reset' : 'bootloader');
    this.release();
  }

  async close(): Promise<void> {
    if (this.#gone === undefined)
      await this.#ask('leave', none, this.#limits.helloMs, 2).catch(() => undefined);
    this.release();
  }

  async *generate(
    prompt: Prompt,
    options: GenerateOptions,
    signal?: AbortSignal,
  ): AsyncGenerator<LinkEvent, void, void> {
    this.#failure = undefined;
    const status = await this.#ask('generate', generatePayload(options));
    if (!isOk(status)) throw new DeviceError(`the device refuses to generate: ${statusWords(status)}`);
    // Nothing of the new generation can be there yet, since it has no prompt.
    this.#forgetEvents();
    let over = false;
    const fail = (error: unknown): void => {
      this.#failure ??= error as Error;
      this.#wake();
    };
    const stop = (): void => void this.#ask('stop').catch(fail);
    signal?.addEventListener('abort', stop, { once: true });
    if (signal?.aborted === true) stop();
    const fed = this.#feed(prompt, () => over || signal?.aborted === true).catch(fail);
    try {
      const read = createEventReader();
      while (!over) {
        const event = read(await this.#next());
        if (!event) continue;
        this.#checkWhole(event, read.steps());
        over = event.kind === 'done';
        yield event;
      }
    } finally {
      signal?.removeEventListener('abort', stop);
      const runs = !over && this.#gone === undefined;
      over = true;
      if (runs) await this.#stopAndDrain();
      await fed;
    }
  }

  #forgetEvents(): void {
    this.#events = [];
    this.#lost = 0;
  }

  /** Leaves the device idle, whatever it was doing; what it says until then is dropped. */
  async #stopAndDrain(): Promise<void> {
    this.#failure = undefined;
    try {
      await this.#ask('stop');
      while ((await this.#next(this.#limits.answerMs)).type !== eventCode('done'));
    } catch {
      // It is told by whoever asks next.
    }
    this.#forgetEvents();
  }

  #checkWhole(event: LinkEvent, steps: number): void {
    const skipped = event.kind === 'token' && event.index !== steps - 1;
    if (!skipped && this.#lost === 0) return;
    throw new DeviceError(
      'a part of what the device said was lost on the way',
      'a shorter cable, a lower rate, or an adapter of its own may help; then ask again',
    );
  }

  /** Sends the prompt piece by piece, each when the one before is used up. */
  async #feed(prompt: Prompt, isOver: () => boolean): Promise<void> {
    const isText = 'text' in prompt;
    const bytes = isText ? asBytes(prompt.text) : tokenBytes(prompt.tokens);
    for (let at = 0; at < bytes.length && !isOver(); at += contract.payloadBytesMax) {
      const piece = bytes.subarray(at, at + contract.payloadBytesMax);
      const status = await this.#ask(isText ? 'prompt_bytes' : 'prompt_tokens', piece);
      if (status === statusCode('not_generating')) return; // It ended early, and says why itself.
      if (!isOk(status)) throw new DeviceError(`the device refuses the prompt: ${statusWords(status)}`);
    }
    if (!isOver()) await this.#ask('prompt_end');
  }
}

/** A promise with its resolve function; Promise.withResolvers came with Node 22. */
function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((fulfil) => (resolve = fulfil));
  return { promise, resolve };
}
