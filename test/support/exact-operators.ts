// The operators of docs/integer.md §3 to §5 a second time, in exact integers: every intermediate must fit 32 bits.

const two = (bits: number): bigint => 2n ** BigInt(bits);

/** Fails where an intermediate of the program would overflow. */
function signed(v: bigint): bigint {
  if (v < -two(31) || v >= two(31)) throw new RangeError(`${v} passes int32`);
  return v;
}

function unsigned(v: bigint): bigint {
  if (v < 0n || v >= two(32)) throw new RangeError(`${v} passes uint32`);
  return v;
}

function floorShift(v: bigint, bits: number): bigint {
  return v >> BigInt(bits); // of a bigint this is the floor
}

export function roundShift(v: bigint, bits: number): bigint {
  return bits === 0 ? v : floorShift(v + two(bits - 1), bits);
}

/** ⌊v · factor / 2^16⌋ by its two products, or with half of 2^16 added. */
function product(v: bigint, factor: bigint, half: bigint, check: (low: bigint) => bigint): bigint {
  const high = signed(floorShift(v, 16) * factor);
  return signed(high + floorShift(check((v & 0xffffn) * factor + half), 16));
}

const mulWeight = (v: bigint, w: bigint): bigint => product(v, w, 0n, signed);
const mulScaleFloor = (v: bigint, f: bigint): bigint => product(v, f, 0n, unsigned);
const mulFraction = (v: bigint, f: bigint): bigint => product(v, f, 0x8000n, unsigned);

export type Vector = readonly bigint[];
export const exact = (values: Iterable<number>): bigint[] => Array.from(values, BigInt);

const onesComplement = (v: bigint): bigint => (v < 0n ? -v - 1n : v);
const bitLength = (v: bigint): number => (v === 0n ? 0 : v.toString(2).length);

export function bitsOf(x: Vector): bigint {
  return x.reduce((bits, v) => bits | onesComplement(v), 0n);
}

export function widen(x: Vector): { values: bigint[]; shift: number } {
  const shift = 31 - bitLength(bitsOf(x));
  return { values: x.map((v) => signed(v * two(shift))), shift };
}

/** A sum below 2^64, of squares that are words. */
export function squareSum(x: Vector): bigint {
  return x.reduce((sum, v) => sum + unsigned(floorShift(v, 16) ** 2n), 0n);
}

export function mulWeights(x: Vector, w: Vector): bigint[] {
  return x.map((v, i) => mulWeight(v, w[i]!));
}

export function toInt8(z: Vector): bigint[] {
  const most = z.reduce((largest, v) => (onesComplement(v) > largest ? onesComplement(v) : largest), 0n);
  const shift = 30 - bitLength(most);
  const peak = signed((most + 1n) * two(shift));
  const factor = signed(127n * two(24)) / roundShift(peak, 14);
  return z.map((v) => {
    const upper = floorShift(signed(v * two(shift)), 15);
    return floorShift(signed(signed(upper * factor) + two(22)), 23);
  });
}

/** A unit as the program has it. */
export interface Unit {
  readonly room: number;
  readonly scale: { readonly m: number; readonly e: number };
}

export function toQ16(values: Vector, { room, scale }: Unit): bigint[] {
  const limit = two(30) - 1n;
  const hold = (v: bigint): bigint => (v > limit ? limit : v < -limit ? -limit : v);
  const bits = room - 32 - scale.e;
  return values.map((value) => {
    const p = mulScaleFloor(signed(value * two(room)), BigInt(scale.m));
    return bits >= 0 ? roundShift(p, bits) : hold(p * two(-bits));
  });
}

export function scaleRows(sums: Vector, digits: number, columns: number, scales: Vector): bigint[] {
  const most = 127n * BigInt(columns) * ((3n ** BigInt(digits) - 1n) / 2n);
  const spread = 30 - bitLength(most);
  return scales.map((scale, row) => {
    let sum = 0n;
    for (const one of sums.slice(row * digits, (row + 1) * digits))
      sum = signed(signed(2n * sum) + sum + one);
    return mulWeight(signed(sum * two(spread)), scale);
  });
}

/** 1 − f times its bound. */
export function span(open: Vector, bound: Vector): bigint[] {
  return open.map((v, i) => floorShift(unsigned(v * bound[i]! + 0x8000n), 16));
}

/** The new state: `target` is SiLU of the input. */
export function recur(h: Vector, spans: Vector, target: Vector): bigint[] {
  return h.map((v, i) => signed(v + mulFraction(signed(target[i]! - v), spans[i]!)));
}

export function gate(a: Vector, b: Vector): bigint[] {
  const down = Math.max(0, bitLength(bitsOf(b)) - 15);
  const factors = b.map((v) => floorShift(v, down));
  if (factors.some((v) => v < -0x8000n || v > 0x7fffn)) throw new RangeError('a factor passes int16');
  return mulWeights(widen(a).values, factors);
}

/** Within Q16. */
function saturate(v: bigint): bigint {
  const most = two(30) - 1n;
  return v > most ? most : v < -most - 1n ? -most - 1n : v;
}

export function add(x: Vector, y: Vector): bigint[] {
  return x.map((v, i) => saturate(signed(v + y[i]!)));
}

export function embed(row: Vector, rowScale: bigint, shift: number): bigint[] {
  return row.map((v) => saturate(roundShift(signed(2n * v * rowScale), shift)));
}
