// What each operator of the integer program means, on vectors of integers. docs/integer.md §3 and §5.
//
// Twin: firmware/kernels/ref/, one file an operator; test/device/kernels.test.ts holds the two equal on the vectors of
// test/fixtures/kernels. Q16 = int32 units of 2^-16 within ±limit.
import * as fixed from './fixed.ts';
import { powerTable, sigmoidTable, sigmoidTailTable } from '../contracts/tables.ts';
import { digitUnit, largestOfDigits } from './digits.ts';
import type { Scale } from './fixed.ts';

/** Integers times the value of one unit. */
export interface Vector {
  readonly values: Int32Array;
  readonly unit: Scale;
}

/** Activations of a BitLinear: |q| ≤ 127, and the value of one unit times 127. */
export interface Quantized {
  readonly q: Int8Array;
  readonly scale: Scale;
}

/** An int16 vector of weights, −32767 … 32767, and the value of one unit. */
export interface WeightVector {
  readonly values: Int16Array;
  readonly unit: Scale;
}

/** Brings integers to the width of 31 bits: values · 2^-shift is the vector. */
export function widen(vector: Int32Array): { values: Int32Array; shift: number } {
  const shift = fixed.wideShift(fixed.bitsOf(vector));
  return { values: vector.map((value) => value << shift), shift };
}

/** Sum of the squares of the upper halves of integers. */
export function squareSum(values: Int32Array): number {
  return values.reduce((sum, value) => sum + (value >> 16) ** 2, 0);
}

/** The mean of the squares of integers, by their upper halves, of which one unit is worth `unit`. */
function meanOfSquares({ values, unit }: Vector, inverseLength: Scale): Scale {
  const mean = fixed.mulScale(fixed.normalizeLong(squareSum(values), 32), inverseLength);
  return fixed.mulScale(mean, fixed.mulScale(unit, unit));
}

/** Wide integers times 16-bit ones, each product cut to its upper part, 2^16 units. */
export function mulWeights({ values, unit }: Vector, weights: WeightVector): Vector {
  return {
    values: values.map((value, i) => fixed.mulWeight(value, weights.values[i]!)),
    unit: fixed.shiftScale(fixed.mulScale(unit, weights.unit), 16),
  };
}

/** q = round(127 · z / (largest + 1)), with one division and 15 bits of z; `largest` is the largest of the bits of z. */
export function quantizeTo8(z: Int32Array): { q: Int8Array; largest: number } {
  const largest = z.reduce((most, value) => Math.max(most, value ^ (value >> 31)), 0);
  const shift = 30 - fixed.bitLength(largest);
  const factor = Math.floor((127 * 2 ** 24) / fixed.roundShift((largest + 1) << shift, 14));
  const q = Int8Array.from(z, (value) => (Math.imul((value << shift) >> 15, factor) + (1 << 22)) >> 23);
  return { q, largest };
}

/** What a BitLinear divides its activations by beside the root of the mean of their squares. */
export interface Norms {
  readonly inverseLength: Scale;
  /** Epsilon of the norm inside the BitLinear. */
  readonly linearEps: Scale;
  /** Epsilon of the norm ahead of it, which has a root of its own; undefined without. */
  readonly normEps: Scale | undefined;
}

/**
 * What the mean of the squares of a wide vector is taken for where it only keeps a root from being zero: a sixteenth of the
 * square of its width, 2^31 units.
 */
const typicalSquare = 58;

/**
 * Norms and int8 quantisation of a BitLinear: q = round(127 · z / max|z|), z = x · weights. `outer` are the weights of the norm
 * ahead; `weights` are then the products of both, and the mean of the squares is that of x · outer (MODEL.md §6.2):
 * mean((x·outer)²) + linearEps · (mean(x²) + normEps), with typicalSquare for mean(x²).
 */
export function quantize(
  x: Vector,
  outer: WeightVector | undefined,
  weights: WeightVector,
  norms: Norms,
): Quantized {
  const { values, shift } = widen(x.values);
  const wide = { values, unit: fixed.shiftScale(x.unit, -shift) };
  const z = mulWeights(wide, weights);
  const { q, largest } = quantizeTo8(z.values);
  const { inverseLength, linearEps, normEps } = norms;
  const typical = fixed.shiftScale(fixed.mulScale(wide.unit, wide.unit), typicalSquare);
  const epsilon = normEps ? fixed.mulScale(linearEps, fixed.addScale(typical, normEps)) : linearEps;
  const square = meanOfSquares(outer ? mulWeights(wide, outer) : wide, inverseLength);
  const peak = fixed.mulScale(fixed.normalize(largest + 1, 0), z.unit);
  return { q, scale: fixed.mulScale(peak, fixed.reciprocalRoot(fixed.addScale(square, epsilon))) };
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
 * highest first; then shifted left as far as every such sum can be, times the row's scale in units of 2^-16, rounded down.
 */
export function scaleRows(
  sums: Int32Array,
  columns: number,
  digits: number,
  rowScales: Int16Array,
): Int32Array {
  const spread = sumShift(columns, digits);
  return Int32Array.from(rowScales, (scale, row) => {
    const sum = sums.subarray(row * digits, (row + 1) * digits).reduce((high, low) => 3 * high + low, 0);
    return fixed.mulWeight(sum << spread, scale);
  });
}

/** How integers become Q16: each can be shifted left by `room` bits and stays below 2^30, then it is multiplied by the scale. */
export interface Unit {
  readonly room: number;
  readonly scale: Scale;
}

/** An integer times a scale, as Q16. */
export function toQ16(value: number, { room, scale }: Unit): number {
  const bits = room - 32 - scale.e;
  const product = fixed.mulScaleFloor(value << room, scale.m);
  return bits >= 0 ? fixed.roundShift(product, bits) : fixed.saturatingShiftLeft(product, -bits);
}

/** Between two entries of a table, at `at` in steps of 2^bits. */
function interpolate(table: Uint16Array, at: number, bits: number): number {
  const i = at >> bits;
  const slope = table[i + 1]! - table[i]!;
  return table[i]! + fixed.roundShift(Math.imul(slope, at & ((1 << bits) - 1)), bits);
}

/** Half of the range of the table with finer steps, Q16. */
const sigmoidRange = 0x8_0000;

/** The logistic function of a Q16 value as a Q16 fraction, 0 … 65535. */
export function sigmoid(x: number): number {
  if (x >= -sigmoidRange && x < sigmoidRange) return interpolate(sigmoidTable, x + sigmoidRange, 12);
  const beyond = Math.min(Math.abs(x) - sigmoidRange, sigmoidRange - 1);
  const tail = interpolate(sigmoidTailTable, beyond, 14);
  return x < 0 ? tail : Math.min(0xffff, 0x1_0000 - tail);
}

/** x · logistic(x), Q16. */
export function silu(x: number): number {
  return fixed.mulFraction(x, sigmoid(x));
}

/** Integers of rows and how they become Q16. */
export interface Rows {
  readonly values: Int32Array;
  readonly unit: Unit;
}

/**
 * The recurrence: h ← h + (1 − f) · (SiLU(i) − h), in place, with 1 − f = logistic(−gate) · bound; `bound` is in units of 2^-16,
 * undefined for 1. Returns SiLU(h). h is Q16.
 */
export function recur(
  state: Int32Array,
  gate: Rows,
  bound: Uint16Array | undefined,
  input: Rows,
): Int32Array {
  return state.map((held, i) => {
    const open = sigmoid(-toQ16(gate.values[i]!, gate.unit));
    const span = bound === undefined ? open : ((Math.imul(open, bound[i]!) >>> 0) + 0x8000) >>> 16;
    state[i] = held + fixed.mulFraction(silu(toQ16(input.values[i]!, input.unit)) - held, span);
    return silu(state[i]);
  });
}

/** Bits that factors with these bits are shifted right by, to 16 bits. */
export function factorShift(bits: number): number {
  return Math.max(0, fixed.bitLength(bits) - 15);
}

/** a · b: `a` is Q16, `b` integers, cut to their upper 16 bits where they have more; `unit` is the value of one of b. */
export function gate(a: Int32Array, b: Int32Array, unit: Scale): Vector {
  const open = widen(a);
  const down = factorShift(fixed.bitsOf(b));
  return {
    values: open.values.map((value, i) => fixed.mulWeight(value, b[i]! >> down)),
    unit: fixed.shiftScale(unit, down - open.shift),
  };
}

/** 1 / √(mean(x²) + epsilon). */
export function reciprocalRms({ values, unit }: Vector, inverseLength: Scale, epsilon: Scale): Scale {
  const wide = widen(values);
  const square = meanOfSquares(
    { values: wide.values, unit: fixed.shiftScale(unit, -wide.shift) },
    inverseLength,
  );
  return fixed.reciprocalRoot(fixed.addScale(square, epsilon));
}

/** x ← x + y, in place; x is Q16. */
export function addResidual(x: Int32Array, y: Rows): void {
  for (let i = 0; i < x.length; i += 1) x[i] = fixed.saturate(x[i]! + toQ16(y.values[i]!, y.unit));
}

/** The int8 that a row of digits, [digits][columns] with the highest first, is read as: digitUnit · Σ 3^k · digit k. */
export function rowOfDigits(trits: Int8Array, digits: number): Int8Array {
  const row = new Int8Array(trits.length / digits);
  trits.forEach((trit, i) => {
    row[i % row.length] = 3 * row[i % row.length]! + digitUnit * trit;
  });
  return row;
}

/** A row of int8 or int16 times its scale, as Q16: 2 · e · scale / 2^shift. */
export function embed(row: Int8Array | Int16Array, rowScale: number, shift: number): Int32Array {
  return Int32Array.from(row, (value) =>
    fixed.saturate(fixed.roundShift(Math.imul(2 * value, rowScale), shift)),
  );
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
