// Frames on the wire, without effects. contracts/link.ts says how they look. Twin: firmware/link/frame.c.
import { dle, etx, payloadBytesMax, soh, stuffed } from '../contracts/link.ts';

export interface Frame {
  readonly type: number;
  readonly sequence: number;
  readonly payload: Uint8Array;
}

/** CRC-16/XMODEM: polynomial 0x1021, start 0, high bit first. */
export function crc16(bytes: Iterable<number>): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 0x8000 ? ((crc << 1) ^ 0x1021) & 0xffff : crc << 1;
  }
  return crc;
}

/** The bytes of a frame, every DLE inside stuffed. */
export function encodeFrame({ type, sequence, payload }: Frame): Uint8Array {
  if (payload.length > payloadBytesMax) throw new Error(`a payload of ${payload.length} bytes fits no frame`);
  const body = [type, sequence, payload.length, ...payload];
  const crc = crc16(body);
  const inside = [...body, crc >> 8, crc & 0xff].flatMap((byte) => (byte === dle ? [dle, stuffed] : [byte]));
  return Uint8Array.from([dle, soh, ...inside, dle, etx]);
}

/** Takes bytes in pieces of any size; gives back the whole frames among them. Damaged ones and all else are dropped. */
export interface FrameDecoder {
  take(bytes: Uint8Array): Frame[];
  /** Frames that had begun and were no good. */
  readonly damaged: number;
}

export function createFrameDecoder(): FrameDecoder {
  let body: number[] | undefined;
  let afterDle = false;
  let damaged = 0;

  const finish = (): Frame | undefined => {
    const [type, sequence, length] = body!;
    const whole = body!.length === length! + 5 && crc16(body!) === 0;
    const frame = whole
      ? { type: type!, sequence: sequence!, payload: Uint8Array.from(body!.slice(3, -2)) }
      : undefined;
    if (!frame) damaged += 1;
    body = undefined;
    return frame;
  };
  const append = (byte: number): void => {
    if (!body) return;
    body.push(byte);
    if (body.length <= payloadBytesMax + 5) return;
    damaged += 1;
    body = undefined;
  };
  const takeByte = (byte: number): Frame | undefined => {
    if (!afterDle) {
      if (byte === dle) afterDle = true;
      else append(byte);
      return undefined;
    }
    afterDle = false;
    if (byte === stuffed && body) {
      append(dle);
      return undefined;
    }
    if (byte === etx && body) return finish();
    if (body) damaged += 1;
    // DLE DLE is never within a frame: its end is lost, and the second may begin the next start.
    afterDle = byte === dle;
    body = byte === soh ? [] : undefined;
    return undefined;
  };
  return {
    take: (bytes) => [...bytes].map(takeByte).filter((frame) => frame !== undefined),
    get damaged() {
      return damaged;
    },
  };
}
