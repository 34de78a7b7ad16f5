// What each operator of the integer program means, on vectors of integers. docs/integer.md §3 and §5.
//
// Twin: firmware/kernels/ref/, one file an operator; test/device/kernels.test.ts holds the two equal on the vectors of
// test/fixtures/kernels. Q16 = int32 units of 2^-16 within ±limit.
import * as fixed from './fixed.ts';
import { powerTable, sigmoidTable, sigmoidTailTable } from '../contracts/tables.ts';
import { digitUnit, largestOfDigits } from './digits.ts';
import type { Scale } from './fixed.ts';

/** A vector as wide integers (widen) times one scale, with the mean of its squares plus epsilon. */
export interface Normed {
  readonly values: Int32Array;
  readonly unit: Scale;
  readonly meanSquare: Scale;
}

/** Wide integers (widen) times a scale. */
export interface Wide {
  readonly values: Int32Array;
  readonly unit: Scale;
}

/** Activations of a BitLinear: |q| ≤ 127, and the value of one unit times 127. */
export interface Quantized {
  readonly q: Int8Array;
  readonly scale: Scale;
}

/** An int16 vector of weights and the value of one unit. */
export interface WeightVector {
  readonly values: Int16Array;
  readonly unit: Scale;
}

function largestMagnitude(values: Int32Array): number {
  let largest = 0;
  for (const value of values) largest = Math.max(largest, Math.abs(value));
  return largest;
}

/**
 * Brings a vector within ±limit to its widest: values · 2^-shift is the vector, the largest lies in 2^29 … 2^30 − 1. Zeros
 * stay zeros.
 */
export function widen(vector: Int32Array): { values: Int32Array; shift: number } {
  const shift = 30 - fixed.bitLength(largestMagnitude(vector));
  return { values: Int32Array.from(vector, (value) => value << shift), shift };
}

/** Brings integers to 16 bits, leaving them as they are where they fit: values · 2^shift ≈ the vector. */
export function narrow(vector: Int32Array): { values: Int16Array; shift: number } {
  const largest = largestMagnitude(vector);
  const shift = largest <= 0x7fff ? 0 : fixed.bitLength(largest) - 14;
  return { values: Int16Array.from(vector, (value) => fixed.roundShift(value, shift)), shift };
}

/** Bits that each square of `n` 15-bit values is shifted right by, so that their sum stays below 2^31 + 1. */
export function squareShift(n: number): number {
  return Math.max(0, fixed.bitLength(n - 1) - 3);
}

/** Sum of the squares of the upper 15 bits of wide values, each shifted right by squareShift. */
export function squareSum(values: Int32Array): number {
  const shift = squareShift(values.length);
  let sum = 0;
  for (const value of values) {
    const upper = fixed.roundShift(value, 16);
    sum += Math.imul(upper, upper) >>> shift;
  }
  return sum;
}

/** The mean of the squares of wide values, in units of unit^2. */
export function meanOfSquares(values: Int32Array, inverseLength: Scale): Scale {
  const sum = fixed.normalize(squareSum(values), squareShift(values.length) + 32);
  return fixed.mulScale(sum, inverseLength);
}

function squared(scale: Scale): Scale {
  return fixed.mulScale(scale, scale);
}

/** Wide integers times 16-bit ones, wide again; the value of one unit is 2^(16 − shift) of the product of the units. */
export function mulWide(values: Int32Array, factors: Int16Array): { values: Int32Array; shift: number } {
  return widen(Int32Array.from(values, (value, i) => fixed.mulWeight(value, factors[i]!)));
}

/**
 * RMSNorm up to its root: x · weights, and what the BitLinear behind it must divide by, squared (MODEL.md §6.2):
 * mean((x·w)²) + linearEps · (mean(x²) + normEps). `x` is Q16.
 */
export function rmsNorm(
  x: Int32Array,
  weights: WeightVector,
  inverseLength: Scale,
  normEps: Scale,
  linearEps: Scale,
): Normed {
  const input = widen(x);
  const inputUnit = fixed.powerOfTwo(-16 - input.shift);
  const inputSquare = fixed.mulScale(meanOfSquares(input.values, inverseLength), squared(inputUnit));
  const { values, shift } = mulWide(input.values, weights.values);
  const unit = fixed.shiftScale(fixed.mulScale(weights.unit, inputUnit), 16 - shift);
  const epsilon = fixed.mulScale(linearEps, fixed.addScale(inputSquare, normEps));
  const meanSquare = fixed.mulScale(meanOfSquares(values, inverseLength), squared(unit));
  return { values, unit, meanSquare: fixed.addScale(meanSquare, epsilon) };
}

/** The norm of a wide vector without weights: for a BitLinear that has only its own norm. */
export function plainNorm({ values, unit }: Wide, inverseLength: Scale, epsilon: Scale): Normed {
  const meanSquare = fixed.mulScale(meanOfSquares(values, inverseLength), squared(unit));
  return { values, unit, meanSquare: fixed.addScale(meanSquare, epsilon) };
}

/** q = round(127 · value / largest) of wide values, with one division. */
export function quantizeWide(values: Int32Array): { q: Int8Array; largest: number } {
  const largest = largestMagnitude(values);
  if (largest === 0) return { q: new Int8Array(values.length), largest };
  const factor = Math.floor((127 * 2 ** 24) / fixed.roundShift(largest, 14));
  const q = Int8Array.from(values, (value) => fixed.roundShift(fixed.mulFraction(value, factor), 22));
  return { q, largest };
}

/** The norm and int8 quantisation inside a BitLinear: q = round(127 · z / max|z|), z = values · weights. */
export function quantize(normed: Normed, weights: WeightVector): Quantized {
  const { values, shift } = mulWide(normed.values, weights.values);
  const { q, largest } = quantizeWide(values);
  if (largest === 0) return { q, scale: fixed.zeroScale };
  const unit = fixed.shiftScale(fixed.mulScale(normed.unit, weights.unit), 16 - shift);
  const peak = fixed.mulScale(fixed.normalize(largest, 0), unit);
  return { q, scale: fixed.mulScale(peak, fixed.reciprocalRoot(normed.meanSquare)) };
}

/** y = W q: the sum of a row's trits times the activations, at most 127 · columns. `trits` is [rows][columns]. */
export function matVec(trits: Int8Array, q: Int8Array): Int32Array {
  const columns = q.length;
  const y = new Int32Array(trits.length / columns);
  for (let row = 0, at = 0; row < y.length; row += 1) {
    let sum = 0;
    for (let column = 0; column < columns; column += 1, at += 1) sum += trits[at]! * q[column]!;
    y[row] = sum;
  }
  return y;
}

/** Bits that a sum of `columns` products of integers of some digits can be shifted left by and stay below 2^30. */
export function sumShift(columns: number, digits = 1): number {
  return 30 - fixed.bitLength(127 * largestOfDigits(digits) * columns);
}

/**
 * What the sums of the digits of rows, [rows][digits], come to: 3^k · the sum of digit k, added up by Horner's rule, the
 * highest first; then shifted left as far as every such sum can be, times the row's scale in units of 2^-16.
 */
export function scaleRows(
  sums: Int32Array,
  columns: number,
  digits: number,
  rowScales: Uint16Array,
): Int32Array {
  const spread = sumShift(columns, digits);
  return Int32Array.from(rowScales, (scale, row) => {
    const sum = sums.subarray(row * digits, (row + 1) * digits).reduce((high, low) => 3 * high + low, 0);
    return fixed.mulFraction(sum << spread, scale);
  });
}

/** Integers times a scale, as Q16; each can be shifted left by `room` bits and stays below 2^30. */
export function toQ16(sums: Int32Array, room: number, unit: Scale): Int32Array {
  const bits = room - 32 - unit.e;
  return Int32Array.from(sums, (sum) => {
    const product = fixed.mulFraction(sum << room, unit.m);
    return bits >= 0 ? fixed.roundShift(product, bits) : fixed.saturatingShiftLeft(product, -bits);
  });
}

/** The logistic function of −|x|, Q16 in and out: 0 … 32768. */
function sigmoidOfNegative(magnitude: number): number {
  if (magnitude >= 0x10_0000) return 0;
  const [table, at, bits] =
    magnitude < 0x8_0000 ? [sigmoidTable, magnitude, 11] : [sigmoidTailTable, magnitude - 0x8_0000, 14];
  const i = at >> bits;
  const slope = table[i + 1]! - table[i]!;
  return table[i]! + fixed.roundShift(Math.imul(slope, at & ((1 << bits) - 1)), bits);
}

/** The logistic function of a Q16 value as a Q16 fraction, 0 … 65535. */
export function sigmoid(x: number): number {
  const tail = sigmoidOfNegative(Math.abs(x));
  return x < 0 ? tail : Math.min(0xffff, 0x1_0000 - tail);
}

/** x · logistic(x), Q16. */
export function silu(x: number): number {
  return fixed.mulFraction(x, sigmoid(x));
}

/** 1 − f of a gate: logistic(−x) · bound, Q16 fractions; no bound is 1. */
export function forgetSpan(gate: Int32Array, bound: Uint16Array | undefined): Uint16Array {
  return Uint16Array.from(gate, (value, i) => {
    const open = sigmoid(-value);
    return bound === undefined ? open : ((Math.imul(open, bound[i]!) >>> 0) + 0x8000) >>> 16;
  });
}

/** h ← h + (1 − f) · (SiLU(i) − h), in place; h and `input` are Q16. */
export function recur(state: Int32Array, span: Uint16Array, input: Int32Array): void {
  for (let i = 0; i < state.length; i += 1) {
    state[i]! += fixed.mulFraction(silu(input[i]!) - state[i]!, span[i]!);
  }
}

/**
 * RMSNorm(g) · weights · SiLU(h) as integers times a scale. `sums` are those of g_proj, `unit` the value of one; only the
 * scale of the result needs the norm.
 */
export function gatedNorm(
  sums: Int32Array,
  unit: Scale,
  weights: WeightVector,
  state: Int32Array,
  inverseLength: Scale,
  epsilon: Scale,
): Wide {
  const wideSums = widen(sums);
  const sumUnit = fixed.shiftScale(unit, -wideSums.shift);
  const norm = plainNorm({ values: wideSums.values, unit: sumUnit }, inverseLength, epsilon);
  const gated = gatedUnit(state, sums, unit);
  const { values, shift } = mulWide(gated.values, weights.values);
  const wide = fixed.shiftScale(gated.unit, 16 - shift);
  const root = fixed.mulScale(fixed.reciprocalRoot(norm.meanSquare), weights.unit);
  return { values, unit: fixed.mulScale(wide, root) };
}

/** SiLU(a) · b as integers times a scale: a is Q16, b integers times `unit`. */
export function gatedUnit(a: Int32Array, b: Int32Array, unit: Scale): Wide {
  const open = widen(Int32Array.from(a, silu));
  const factors = narrow(b);
  const { values, shift } = mulWide(open.values, factors.values);
  return { values, unit: fixed.shiftScale(unit, factors.shift - open.shift - shift) };
}

/** x ← x + y, in place, both Q16. */
export function addResidual(x: Int32Array, y: Int32Array): void {
  for (let i = 0; i < x.length; i += 1) x[i] = fixed.saturate(x[i]! + y[i]!);
}

/** The int8 that a row of digits, [digits][columns] with the highest first, is read as: digitUnit · Σ 3^k · digit k. */
export function rowOfDigits(trits: Int8Array, digits: number): Int8Array {
  const row = new Int8Array(trits.length / digits);
  trits.forEach((trit, i) => {
    row[i % row.length] = 3 * row[i % row.length]! + digitUnit * trit;
  });
  return row;
}

/** A row of int8 or int16 times its scale, as Q16: e · scale / 2^shift. */
export function embed(row: Int8Array | Int16Array, rowScale: number, shift: number): Int32Array {
  return Int32Array.from(row, (value) => fixed.saturate(fixed.roundShift(Math.imul(value, rowScale), shift)));
}

/** 2^-x of a Q16 x ≥ 0 in units of 2^-bits, 15 ≤ bits ≤ 24; what is below one unit is 0. */
export function powerOfHalf(x: number, bits: number): number {
  const whole = x >>> 16;
  if (whole > bits) return 0;
  const i = (x >>> 8) & 0xff;
  const slope = powerTable[i + 1]! - powerTable[i]!;
  const fraction = powerTable[i]! + fixed.roundShift(Math.imul(slope, x & 0xff), 8);
  return (fraction << (bits - 15)) >>> whole;
}
