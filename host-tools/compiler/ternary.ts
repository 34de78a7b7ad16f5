// The trits of a matrix and their scale. Source: MODEL.md 4.2, weight_quant of the official code in float32.

export interface Ternary {
  /** −1, 0 or +1, in the order of the weights. */
  trits: Int8Array;
  /** max(mean|W|, 1e-5) as a float32: what one trit is worth. */
  meanAbs: number;
}

/**
 * Ternarizes a whole matrix: clamp(round(W / meanAbs), −1, 1), a tie going to 0 (half to even).
 *
 * The sum is made in double and rounded to float32 once; the official float32 sum depends on its order in the last place.
 * Reciprocal and product are rounded to float32 as there.
 */
export function ternarize(weight: Float32Array): Ternary {
  let sum = 0;
  for (let i = 0; i < weight.length; i++) sum += Math.abs(weight[i]!);
  const meanAbs = Math.max(Math.fround(sum / weight.length), Math.fround(1e-5));
  const scale = Math.fround(1 / meanAbs);
  const trits = new Int8Array(weight.length);
  for (let i = 0; i < weight.length; i++) {
    const value = Math.fround(weight[i]! * scale);
    trits[i] = value > 0.5 ? 1 : value < -0.5 ? -1 : 0;
  }
  return { trits, meanAbs };
}
