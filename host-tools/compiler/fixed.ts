// The arithmetic of the integer program: one rounding rule, scales, saturation. docs/integer.md §1–§2 says it in words.
//
// Twin: firmware/kernels/fixed.h holds the same functions in C; test/device/fixed.test.ts holds the two equal.
import { scaleExponents } from '../contracts/image.ts';

/** The largest Q16 value, 2^30 − 1; the least is −2^30, so that the sum of two fits 32 bits. */
export const limit = 0x3fff_ffff;

/** The one rounding rule: floor((value + 2^(bits − 1)) / 2^bits) of an int32; `bits` 0 leaves it, 32 or more give 0. */
export function roundShift(value: number, bits: number): number {
  if (bits <= 0) return value;
  if (bits >= 32) return 0;
  return (value >> bits) + ((value >> (bits - 1)) & 1);
}

/** value · 2^bits held within ±limit; `bits` ≥ 0. */
export function saturatingShiftLeft(value: number, bits: number): number {
  if (value === 0) return 0;
  if (bits > 30 || Math.abs(value) > limit >> bits) return value < 0 ? -limit : limit;
  return value << bits;
}

/** Holds an int32 within Q16: −2^30 … limit. */
export function saturate(value: number): number {
  return value > limit ? limit : value < -limit - 1 ? -limit - 1 : value;
}

/** Bits of a vector: the magnitudes of its integers, of a negative one that of its one's complement, or-ed. */
export function bitsOf(values: Int32Array): number {
  let bits = 0;
  for (const value of values) bits |= value ^ (value >> 31);
  return bits;
}

/** Bits that a vector with these bits is shifted left by to be wide: its largest value then has 31 bits. */
export function wideShift(bits: number): number {
  return 31 - bitLength(bits);
}

/** Bits of an unsigned 32-bit value: 0 for 0, 1 for 1, 14 for 8192 to 16383. */
export function bitLength(value: number): number {
  return 32 - Math.clz32(value);
}

/** floor(value · weight / 2^16): int32 times int16. */
export function mulWeight(value: number, weight: number): number {
  return Math.floor((value * weight) / 0x1_0000);
}

/** The same with an unsigned 16-bit fraction (Q16). */
export function mulScaleFloor(value: number, fraction: number): number {
  return Math.floor((value * fraction) / 0x1_0000);
}

/** The same rounded: floor((value · fraction + 2^15) / 2^16). */
export function mulFraction(value: number, fraction: number): number {
  return Math.floor((value * fraction + 0x8000) / 0x1_0000);
}

/** A non-negative real number: m · 2^e with m in 32768 … 65535, or m = 0. One is kept per vector, never per element. */
export interface Scale {
  readonly m: number;
  readonly e: number;
}

export const zeroScale: Scale = { m: 0, e: 0 };

/** The scale next to a positive double, or zero. For the compiler; a device never sees a double. */
export function scaleOf(value: number): Scale {
  if (value === 0) return zeroScale;
  let e = Math.floor(Math.log2(value)) - 15;
  let m = Math.round(value / 2 ** e);
  if (m < 0x8000) m = Math.round(value / 2 ** --e);
  if (m > 0xffff) m = Math.round(value / 2 ** ++e);
  return { m, e };
}

/** Whether an image may hold a scale: normalized, not zero, and within `scaleExponents`. */
export function isSoundScale({ m, e }: Scale): boolean {
  return m >= 0x8000 && e >= scaleExponents.least && e <= scaleExponents.most;
}

export function scaleToNumber(scale: Scale): number {
  return scale.m * 2 ** scale.e;
}

/** 2^e as a scale. */
export function powerOfTwo(e: number): Scale {
  return { m: 0x8000, e: e - 15 };
}

/** value · 2^e of an unsigned 32-bit value, rounded half up to 16 bits. */
export function normalize(value: number, e: number): Scale {
  if (value === 0) return zeroScale;
  const shift = bitLength(value) - 16;
  if (shift <= 0) return { m: value << -shift, e: e + shift };
  const m = Math.floor(value / 2 ** shift) + ((value >>> (shift - 1)) & 1);
  return m > 0xffff ? { m: 0x8000, e: e + shift + 1 } : { m, e: e + shift };
}

/** The same of an unsigned value below 2^53, of which the upper 32 bits count. */
export function normalizeLong(value: number, e: number): Scale {
  const extra = bitLength(Math.floor(value / 2 ** 32));
  return normalize(Math.floor(value / 2 ** extra), e + extra);
}

export function mulScale(a: Scale, b: Scale): Scale {
  return normalize(Math.imul(a.m, b.m) >>> 0, a.e + b.e);
}

export function addScale(a: Scale, b: Scale): Scale {
  if (a.m === 0) return b;
  if (b.m === 0) return a;
  const [big, small] = a.e >= b.e ? [a, b] : [b, a];
  const distance = big.e - small.e;
  return normalize(big.m + (distance > 31 ? 0 : roundShift(small.m, distance)), big.e);
}

/** scale · 2^bits. */
export function shiftScale(scale: Scale, bits: number): Scale {
  return scale.m === 0 ? scale : { m: scale.m, e: scale.e + bits };
}

/** floor(√value) of an unsigned 32-bit value, bit by bit: 16 steps of compare and subtract. */
export function squareRoot(value: number): number {
  let rest = value;
  let root = 0;
  for (let bit = 0x4000_0000; bit !== 0; bit >>>= 2) {
    const trial = root + bit;
    root >>>= 1;
    if (rest >= trial) {
      rest -= trial;
      root += bit;
    }
  }
  return root;
}

/** 1 / √scale, a square root and one division; of zero it is zero. */
export function reciprocalRoot(scale: Scale): Scale {
  if (scale.m === 0) return zeroScale;
  const shift = scale.e & 1 ? 15 : 16;
  const root = squareRoot(scale.m * 2 ** shift);
  return normalize(Math.floor(0x8000_0000 / root), -31 - (scale.e - shift) / 2);
}

/** 1 / scale, one division; of zero it is zero. */
export function reciprocal(scale: Scale): Scale {
  if (scale.m === 0) return zeroScale;
  return normalize(Math.floor(0x8000_0000 / scale.m), -scale.e - 31);
}
