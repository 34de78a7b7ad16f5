// What a device says in framed mode, read into facts: who answers, tokens, the end; and what a host asks, as bytes.
import { layoutOf, readFields, readText, writeFields } from '../contracts/c-header.ts';
import { buildIdText } from '../contracts/firmware.ts';
import * as contract from '../contracts/link.ts';
import type { DoneReason } from '../contracts/link.ts';
import { statusName, statusWords } from '../contracts/status.ts';
import type { StatusName } from '../contracts/status.ts';
import type { Frame } from './frames.ts';

/** A status with its words; `name` is undefined where this host does not know it. */
export interface DeviceStatus {
  readonly code: number;
  readonly name: StatusName | undefined;
  readonly words: string;
}

/** Who answers. */
export interface Identity {
  readonly board: string;
  readonly buildId: string;
  readonly imageStatus: DeviceStatus;
  /** The flashed model; only where the status is ok. */
  readonly image?: {
    readonly name: string;
    readonly bytes: number;
    readonly crc32: number;
    readonly vocab: number;
  };
  readonly memory: {
    readonly arenaUsed: number;
    readonly arenaBytes: number;
    readonly staticBytes: number;
    readonly stackUsed: number;
    readonly stackBytes: number;
  };
  readonly clockHz: number;
}

/** How tokens are chosen, in the units of the device. */
export interface GenerateOptions {
  readonly maxTokens: number;
  readonly temperatureMilli?: number;
  readonly topK?: number;
  readonly topPMilli?: number;
  readonly seed?: number;
  /** A checksum event for each layer. */
  readonly trace?: boolean;
  /** Keep the state of the generation before. */
  readonly carryOn?: boolean;
}

/** A prompt as text in UTF-8, or as ids of tokens. */
export type Prompt = { readonly text: string | Uint8Array } | { readonly tokens: readonly number[] };

/** One token that the model read. */
export interface TokenEvent {
  readonly kind: 'token';
  readonly index: number;
  /** Of the token that went in: of the prompt, or written before. */
  readonly phase: 'prefill' | 'decode';
  readonly input: number;
  /** The token that was chosen; undefined while the prompt is read, and for the end token. */
  readonly output: number | undefined;
  readonly text: Uint8Array;
  /** Device time when the logits were ready, in microseconds; it does not wrap within a generation. */
  readonly timeUs: number;
  /** From token in to logits ready; of a pair: half of the time of both. */
  readonly stepUs: number;
  /** How many tokens the step read: both events of a pair of prompt tokens, one behind the other, say 2. */
  readonly shared: 1 | 2;
}

export interface ChecksumEvent {
  readonly kind: 'checksum';
  readonly index: number;
  readonly layer: number;
  readonly checksum: number;
}

export interface DoneEvent {
  readonly kind: 'done';
  readonly reason: DoneReason;
  readonly status: DeviceStatus;
  /** What an error is about: a byte of the prompt, or an index into its tokens. */
  readonly offset: number;
  readonly promptTokens: number;
  readonly newTokens: number;
  readonly prefillUs: number;
  readonly decodeUs: number;
}

export type LinkEvent = TokenEvent | ChecksumEvent | DoneEvent;

export function eventCode(name: (typeof contract.events)[number]['name']): number {
  return contract.events.find((one) => one.name === name)!.code;
}

export function deviceStatus(code: number): DeviceStatus {
  return { code, name: statusName(code), words: statusWords(code) };
}

export function asBytes(text: string | Uint8Array): Uint8Array {
  return typeof text === 'string' ? new TextEncoder().encode(text) : text;
}

export function tokenBytes(tokens: readonly number[]): Uint8Array {
  return Uint8Array.from(tokens.flatMap((token) => [token & 0xff, token >> 8]));
}

export function generatePayload(options: GenerateOptions): Uint8Array {
  const flag = (name: 'trace' | 'carry_on'): number =>
    contract.generateFlags.find((one) => one.name === name)!.code;
  return writeFields(contract.generateFields, {
    max_tokens: options.maxTokens,
    temperature_milli: options.temperatureMilli ?? 0,
    top_k: options.topK ?? 0,
    top_p_milli: options.topPMilli ?? 1000,
    seed: options.seed ?? 1,
    flags: (options.trace === true ? flag('trace') : 0) | (options.carryOn === true ? flag('carry_on') : 0),
  });
}

export function readIdentity(payload: Uint8Array): Identity {
  const fields = readFields(contract.identityFields, payload);
  const text = (name: 'board' | 'model'): string => readText(contract.identityFields, name, payload);
  const imageStatus = deviceStatus(fields.image_status);
  const image = {
    name: text('model'),
    bytes: fields.image_bytes,
    crc32: fields.image_crc32,
    vocab: fields.vocab,
  };
  return {
    board: text('board'),
    buildId: buildIdText(fields.build_low, fields.build_high),
    imageStatus,
    ...(imageStatus.name === 'ok' && { image }),
    memory: {
      arenaUsed: fields.arena_used,
      arenaBytes: fields.arena_bytes,
      staticBytes: fields.static_bytes,
      stackUsed: fields.stack_used,
      stackBytes: fields.stack_bytes,
    },
    clockHz: fields.clock_hz,
  };
}

/** Reads the events of one generation in order: puts long texts together, and unwraps device time. */
export function createEventReader(): { (frame: Frame): LinkEvent | undefined; steps(): number } {
  const headBytes = layoutOf(contract.tokenFields).bytes;
  let [steps, wraps, lastUs] = [0, 0, 0];
  let text: Uint8Array[] = [];
  const readToken = (payload: Uint8Array): TokenEvent => {
    const fields = readFields(contract.tokenFields, payload);
    if (steps > 0 && fields.time_us < lastUs) wraps += 2 ** 32;
    lastUs = fields.time_us;
    steps += 1;
    const whole = Buffer.concat([...text, payload.subarray(headBytes)]);
    text = [];
    return {
      kind: 'token',
      index: fields.index,
      phase: fields.phase === 0 ? 'prefill' : 'decode',
      input: fields.input,
      output: fields.output === contract.noToken ? undefined : fields.output,
      text: Uint8Array.from(whole),
      timeUs: fields.time_us + wraps,
      stepUs: fields.step_us,
      shared: fields.shared === 2 ? 2 : 1,
    };
  };
  const readDone = (payload: Uint8Array): DoneEvent => {
    const fields = readFields(contract.doneFields, payload);
    return {
      kind: 'done',
      reason: contract.doneReasons.find((one) => one.code === fields.reason)?.name ?? 'error',
      status: deviceStatus(fields.status),
      offset: fields.offset,
      promptTokens: fields.prompt_tokens,
      newTokens: fields.new_tokens,
      prefillUs: fields.prefill_us,
      decodeUs: fields.decode_us,
    };
  };
  const read = ({ type, payload }: Frame): LinkEvent | undefined => {
    if (type === eventCode('text')) text.push(payload);
    if (type === eventCode('token')) return readToken(payload);
    if (type === eventCode('checksum'))
      return { kind: 'checksum', ...readFields(contract.checksumFields, payload) };
    if (type === eventCode('done')) return readDone(payload);
    return undefined;
  };
  return Object.assign(read, { steps: () => steps });
}
