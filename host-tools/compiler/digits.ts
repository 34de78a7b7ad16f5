// Matrices of balanced ternary digits: row r is scale[r] times integers of n digits, each digit a row of trits.
import { UserError } from '../contracts/errors.ts';

export interface DigitTable {
  /** [rows][columns], within ±largestOfDigits(digits) */
  integers: Int8Array;
  /** [rows], 0 or more */
  scales: Float32Array;
  digits: number;
}

/**
 * What 1 is in the int8 that a row of an embedding of digits is read as, so that the largest integer, 13, is 104.
 * Twin: digits_t2.c in firmware/kernels/ref/.
 */
export const digitUnit = 8;

/** The largest integer of n balanced ternary digits: (3^n − 1) / 2. */
export function largestOfDigits(digits: number): number {
  return (3 ** digits - 1) / 2;
}

/** How far from an integer the quotient of weight and scale may lie: what the number format of a file may round. */
const tolerance = 1 / 8;

/** The integers behind weights [rows][columns] that hold scale · integer. A UserError names the first element that is none. */
export function readDigits(
  name: string,
  weights: Float32Array,
  scales: Float32Array,
  digits: number,
): DigitTable {
  const columns = weights.length / scales.length;
  const most = largestOfDigits(digits);
  const negative = scales.findIndex((scale) => scale < 0);
  if (negative >= 0)
    throw new UserError(
      `tensor ${name}.weight_scale holds ${scales[negative]} at index ${negative}; a scale is 0 or more`,
    );
  const integers = Int8Array.from(weights, (weight, i) => {
    if (weight === 0) return 0;
    const row = Math.floor(i / columns);
    const quotient = weight / scales[row]!;
    const integer = Math.round(quotient);
    if (Math.abs(integer) <= most && Math.abs(quotient - integer) <= tolerance) return integer;
    throw new UserError(
      `tensor ${name}.weight holds ${weight} at row ${row}, column ${i % columns}; that is no whole number from -${most} to ${most} times ${scales[row]}, its weight_scale`,
    );
  });
  return { integers, scales, digits };
}

/** The digits of integers [rows][columns] as rows of trits, [rows][digits][columns]: the highest digit of a row first. */
export function tritsOfDigits(integers: Int8Array, columns: number, digits: number): Int8Array {
  const trits = new Int8Array(integers.length * digits);
  integers.forEach((integer, i) => {
    const [row, column] = [Math.floor(i / columns), i % columns];
    let rest = integer;
    for (let digit = digits - 1; digit >= 0; digit -= 1) {
      const trit = ((rest + 40) % 3) - 1; // 40 is 1 modulo 3, and beyond any integer.
      trits[(row * digits + digit) * columns + column] = trit;
      rest = (rest - trit) / 3;
    }
  });
  return trits;
}
