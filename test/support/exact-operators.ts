// The operators of docs/integer.md §3 to §5 a second time, in exact integers: every intermediate must fit 32 bits.

const two = (bits: number): bigint => 2n ** BigInt(bits);
const abs = (v: bigint): bigint => (v < 0n ? -v : v);

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

/** v · factor / 2^16, by its two products. */
function product(v: bigint, factor: bigint, check: (low: bigint) => bigint): bigint {
  const high = signed(floorShift(v, 16) * factor);
  const low = check((v & 0xffffn) * factor);
  return signed(high + floorShift(low + 0x8000n, 16));
}

const mulWeight = (v: bigint, w: bigint): bigint => product(v, w, signed);
const mulFraction = (v: bigint, f: bigint): bigint =>
  product(v, f, (low) => unsigned(low + 0x8000n) - 0x8000n);

export type Vector = readonly bigint[];
export const exact = (values: Iterable<number>): bigint[] => Array.from(values, BigInt);

function largest(x: Vector): bigint {
  return x.reduce((most, v) => (abs(v) > most ? abs(v) : most), 0n);
}

const bitLength = (v: bigint): number => (v === 0n ? 0 : v.toString(2).length);

export function widen(x: Vector): { values: bigint[]; shift: number } {
  const shift = 30 - bitLength(largest(x));
  if (shift < 0) throw new RangeError('a vector beyond the limit is widened');
  return { values: x.map((v) => signed(v * two(shift))), shift };
}

export function narrow(x: Vector): { values: bigint[]; shift: number } {
  const shift = largest(x) <= 0x7fffn ? 0 : bitLength(largest(x)) - 14;
  const values = x.map((v) => roundShift(v, shift));
  if (values.some((v) => v < -0x8000n || v > 0x7fffn)) throw new RangeError('a narrowed value passes int16');
  return { values, shift };
}

export function mulWide(x: Vector, w: Vector): { values: bigint[]; shift: number } {
  return widen(x.map((v, i) => mulWeight(v, w[i]!)));
}

/** The sum of meanOfSquares and its exponent. */
export function squares(x: Vector): { sum: bigint; e: number } {
  const shift = Math.max(0, bitLength(BigInt(x.length - 1)) - 3);
  const upper = x.map((v) => roundShift(v, 16));
  const sum = upper.reduce((total, u) => unsigned(total + floorShift(signed(u * u), shift)), 0n);
  return { sum, e: shift + 32 };
}

export function toInt8(z: Vector): bigint[] {
  const most = largest(z);
  if (most === 0n) return z.map(() => 0n);
  const factor = (127n * two(24)) / roundShift(most, 14);
  if (factor > 0xffffn) throw new RangeError('the factor passes 16 bits');
  return z.map((v) => roundShift(mulFraction(v, factor), 22));
}

export function toQ16(sums: Vector, columns: number, m: bigint, e: number): bigint[] {
  const limit = two(30) - 1n;
  const hold = (v: bigint): bigint => (v > limit ? limit : v < -limit ? -limit : v);
  const spread = 30 - bitLength(127n * BigInt(columns));
  const bits = spread - 32 - e;
  return sums.map((sum) => {
    const p = mulFraction(signed(sum * two(spread)), m);
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
    return mulFraction(signed(sum * two(spread)), scale);
  });
}

export function recur(h: Vector, span: Vector, open: Vector): bigint[] {
  return h.map((v, i) => signed(v + mulFraction(signed(open[i]! - v), span[i]!)));
}

export function embed(row: Vector, rowScale: bigint, shift: number): bigint[] {
  const limit = two(30) - 1n;
  return row.map((v) => {
    const value = roundShift(signed(v * rowScale), shift);
    return value > limit ? limit : value < -limit ? -limit : value;
  });
}
