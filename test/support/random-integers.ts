// Integers for cases: from a seed, and vectors of every magnitude and at both ends of a range.

/** Integers from a seed, the same everywhere (the congruential generator of Numerical Recipes). */
export function randomIntegers(seed: number): (least: number, most: number) => number {
  let state = seed >>> 0;
  return (least, most) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return least + Math.floor((state / 2 ** 32) * (most - least + 1));
  };
}

export type Random = ReturnType<typeof randomIntegers>;

export const many = (n: number, make: (i: number) => number): number[] =>
  Array.from({ length: n }, (_, i) => make(i));

/** Words of every magnitude from −2^bits to 2^bits − 1. */
export function spread(n: number, random: Random, bits: number): number[] {
  return many(n, () => random(-(2 ** bits), 2 ** bits - 1) >> random(0, bits));
}

/** Vectors of odd lengths, of one magnitude, at both ends of −2^bits … 2^bits − 1, of zeros and of −1, whose bits are none. */
export function vectors(random: Random, bits: number): [name: string, values: number[]][] {
  const [least, most] = [-(2 ** bits), 2 ** bits - 1];
  const powers = [0, 1, 7, 14, 15, 16, 28, 29, 30].filter((bit) => bit <= bits);
  return [
    ...[...many(17, (i) => i + 1), 33].map((n): [string, number[]] => [
      `${n} of all magnitudes`,
      spread(n, random, bits),
    ]),
    ['zeros', many(9, () => 0)],
    ['-1 alone', [0, 0, -1, 0, 0]],
    ['both ends of the range', [most, least, most - 1, least + 1, 0, 1, -1]],
    ['the least alone', [0, least, 0]],
    ['the largest alone', [0, 0, most]],
    ...powers.flatMap((bit): [string, number[]][] => [
      [`-2^${bit} alone`, [0, 0, -(2 ** bit), 0, 0]],
      [`2^${bit} - 1 and -2^${bit} + 1`, many(8, (i) => (i % 2 === 0 ? 2 ** bit - 1 : 1 - 2 ** bit))],
    ]),
  ];
}
