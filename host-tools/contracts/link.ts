// Frames and commands of the framed link (DESIGN D5): what host and firmware both must know.
import type { CField } from './c-header.ts';

// A frame on the wire: DLE SOH, then type, sequence, length, payload and CRC-16 with every DLE
// written as DLE STUFFED, then DLE ETX. So DLE DLE never occurs, and a start is seen whatever was lost before it.
// CRC-16/XMODEM (polynomial 0x1021, start 0) over type, sequence, length and payload; its high byte goes first.
export const dle = 0x10;
export const soh = 0x01;
export const etx = 0x03;
export const stuffed = 0x90;

/** Version of the link; the device answers its own in its identity. */
export const linkVersion = 1;
/** Longest payload of a frame, in bytes. A stuffed frame of that size fits the device's receive ring twice. */
export const payloadBytesMax = 128;
/** Silence after which the device drops an unfinished frame, and after which it falls back to the console. */
export const frameGapUs = 1_000_000;
export const sessionGapUs = 10_000_000;

/** What a host asks. Each frame is answered by one ack before the host sends the next; only `stop` may overtake. */
export const requests = [
  { name: 'hello', code: 0x01, note: 'four bytes that differ each time; opens framed mode, stops what runs' },
  { name: 'identify', code: 0x02, note: 'answered by an identity' },
  { name: 'generate', code: 0x03, note: 'options; the prompt follows' },
  { name: 'prompt_bytes', code: 0x04, note: 'a piece of the prompt; acknowledged when it is consumed' },
  { name: 'prompt_tokens', code: 0x05, note: 'the same as token ids, 16 bits each' },
  { name: 'prompt_end', code: 0x06, note: 'the prompt is complete; tokens follow' },
  { name: 'stop', code: 0x07, note: 'ends a generation between tokens' },
  { name: 'markers', code: 0x08, note: 'one byte: marker pins on (1) or off (0)' },
  { name: 'reset', code: 0x09, note: 'restarts the device after the ack' },
  { name: 'bootloader', code: 0x0a, note: 'enters the boot loader in ROM after the ack' },
  { name: 'leave', code: 0x0b, note: 'back to the console' },
] as const;

/** What a device says. */
export const events = [
  { name: 'ack', code: 0x81, note: 'sequence of the request, status' },
  { name: 'identity', code: 0x82, note: 'who answers' },
  { name: 'token', code: 0x83, note: 'one step of the model, with the text that it made' },
  { name: 'checksum', code: 0x84, note: 'of one layer, when traced' },
  { name: 'done', code: 0x85, note: 'the end of a generation' },
  { name: 'text', code: 0x86, note: 'the start of a text that is too long for the token event that follows' },
] as const;

export const ackFields = [
  { name: 'sequence', type: 'u8', note: 'of the request that is answered' },
  { name: 'status', type: 'u8', note: 'see status.h' },
  { name: 'request', type: 'u8', note: 'type of that request' },
  { name: 'version', type: 'u8', note: 'of the link' },
] as const satisfies readonly CField[];

export const identityFields = [
  { name: 'build_low', type: 'u32', note: 'build id of the firmware, lower half' },
  { name: 'build_high', type: 'u32', note: 'build id, upper half' },
  { name: 'image_status', type: 'u32', note: 'see status.h; the fields below hold only where it is ok' },
  { name: 'image_bytes', type: 'u32', note: 'size of the image' },
  { name: 'image_crc32', type: 'u32', note: 'its checksum' },
  { name: 'vocab', type: 'u32', note: 'tokens of the model' },
  { name: 'arena_used', type: 'u32', note: 'working memory that the model takes, in bytes' },
  { name: 'arena_bytes', type: 'u32', note: 'working memory that the board has' },
  { name: 'static_bytes', type: 'u32', note: 'RAM for variables; 0 where unknown' },
  { name: 'stack_used', type: 'u32', note: 'deepest use of the stack so far, by painting; 0 where unknown' },
  { name: 'stack_bytes', type: 'u32', note: 'size of the stack; 0 where unknown' },
  { name: 'clock_hz', type: 'u32', note: 'core clock; 0 where unknown' },
  { name: 'board', type: 'char', count: 16, note: 'name of the board' },
  { name: 'model', type: 'char', count: 32, note: 'name of the model' },
] as const satisfies readonly CField[];

export const generateFields = [
  { name: 'max_tokens', type: 'u32', note: 'tokens to write at most' },
  { name: 'temperature_milli', type: 'u32', note: 'thousandths; 0 is greedy' },
  { name: 'top_k', type: 'u32', note: '0 is off' },
  { name: 'top_p_milli', type: 'u32', note: 'thousandths, from 1; 1000 is off' },
  { name: 'seed', type: 'u32', note: 'of the sampler' },
  { name: 'flags', type: 'u32', note: 'see generate_flag' },
] as const satisfies readonly CField[];

export const generateFlags = [
  { name: 'trace', code: 1, note: 'a checksum event a layer' },
  { name: 'carry_on', code: 2, note: 'keep the state of the generation before' },
] as const;

/** Tokens that are written at most where nobody says otherwise: the default of the console and of the command line. */
export const maxTokensDefault = 256;

/** Limits of the options; the host checks them first, the device again. */
export const generateLimits = {
  temperature_milli_max: 10_000,
  top_p_milli_max: 1_000,
  max_tokens_max: 1_000_000,
} as const;

export const tokenFields = [
  { name: 'index', type: 'u32', note: 'of the step, from 0' },
  { name: 'time_us', type: 'u32', note: 'device time when the logits were ready; wraps' },
  { name: 'step_us', type: 'u32', note: 'from token in to logits ready' },
  { name: 'input', type: 'u16', note: 'the token that went in' },
  {
    name: 'output',
    type: 'u16',
    note: 'the token that was sampled; no_token while the prompt is read, and for the end token',
  },
  { name: 'phase', type: 'u8', note: '0 prefill: the input belongs to the prompt; 1 decode' },
  { name: 'text_bytes', type: 'u8', note: 'bytes of text that follow here' },
  {
    name: 'shared',
    type: 'u16',
    note: 'tokens that the same step read: 1, or 2 for both of a pair, each of which has half of its time',
  },
] as const satisfies readonly CField[];

export const noToken = 0xffff;

export const checksumFields = [
  { name: 'index', type: 'u32', note: 'of the step' },
  { name: 'layer', type: 'u32', note: 'which layer' },
  { name: 'checksum', type: 'u32', note: 'of its output' },
] as const satisfies readonly CField[];

export const doneReasons = [
  { name: 'end', code: 0, note: 'the model wrote its end token' },
  { name: 'max_tokens', code: 1, note: 'as many tokens as were asked for' },
  { name: 'stopped', code: 2, note: 'asked to stop' },
  { name: 'error', code: 3, note: 'see status and offset' },
] as const;

export type DoneReason = (typeof doneReasons)[number]['name'];

export const doneFields = [
  { name: 'reason', type: 'u8', note: 'see done_reason' },
  { name: 'status', type: 'u8', note: 'see status.h' },
  { name: 'unused', type: 'u16', note: 'zero' },
  { name: 'offset', type: 'u32', note: 'byte of the prompt that an error is about' },
  { name: 'prompt_tokens', type: 'u32', note: 'tokens read, the start token included' },
  { name: 'new_tokens', type: 'u32', note: 'tokens written, the end token not counted' },
  { name: 'prefill_us', type: 'u32', note: 'sum of step times, prompt' },
  { name: 'decode_us', type: 'u32', note: 'sum of step times, text' },
] as const satisfies readonly CField[];
