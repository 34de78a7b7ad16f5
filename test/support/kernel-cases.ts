// The cases on which the kernels of kernels.h are held: from a seed each, with the ends of every range.
import * as fixed from '../../host-tools/compiler/fixed.ts';
import * as operators from '../../host-tools/compiler/operators.ts';
import { digitCases, gemvCases, gemvMoreCases, gemvPairCases } from './gemv-cases.ts';
import type { Named } from './gemv-cases.ts';
import type { Arguments, Numbers } from './kernel-signatures.ts';
import { many, spread, vectors } from './random-integers.ts';
import type { Random } from './random-integers.ts';

/** Vectors and the shift that makes them wide; Q16 and beyond, up to 31 bits. */
function wideVectors(random: Random): [name: string, shift: number, values: number[]][] {
  const all = vectors(random, 31);
  return all.map(([name, values]) => [name, operators.widen(Int32Array.from(values)).shift, values]);
}

function squareSumCases(random: Random): Named[] {
  return [
    ...wideVectors(random).map(([name, shift, values]): Named => [name, { shift, in: values }]),
    ...many(32, (shift) => shift).map((shift): Named => [
      `shifted by ${shift}`,
      { shift, in: many(11, () => random(-(2 ** 31), 2 ** 31 - 1) >> shift) },
    ]),
    ['300 of the largest', { shift: 1, in: many(300, (i) => (i % 2 === 0 ? -(2 ** 30) : fixed.limit)) }],
  ];
}

const weightsFor = (values: Numbers, random: Random): number[] =>
  values.map((_, i) => [32767, -32767, 0, 1, -1][i % 7] ?? random(-32767, 32767));

function normCases(random: Random): Named[] {
  return wideVectors(random).flatMap(([name, shift, values]): Named[] => {
    const args = { shift, in: values, weights: weightsFor(values, random) };
    return [
      [`${name}, no outer weights`, { ...args, outer: [] }],
      [name, { ...args, outer: weightsFor(values, random).reverse() }],
    ];
  });
}

function quantizeCases(random: Random): Named[] {
  return vectors(random, 30).map(([name, z]) => [
    name,
    { largest: operators.quantizeTo8(Int32Array.from(z)).largest, z },
  ]);
}

/** Sums of every size, both ends among them. */
function scaleRowCases(random: Random): Named[] {
  const ofColumns = [1, 2, 3].flatMap((n) =>
    [1, 5, 192, 4096, 65535].map((columns): Named => {
      const most = 127 * columns;
      const sums = [most, -most, 0, 1, -1].flatMap((sum) => many(n, () => sum));
      const all = [...sums, ...many(4 * n, () => random(-most, most))];
      const scales = many(all.length / n, (i) => [0x7fff, 0x4000, 1][i % 5] ?? random(1, 0x7fff));
      return [`${n} digits, ${columns} columns`, { columns, digits: n, sums: all, scales }];
    }),
  );
  const ofRows = [...many(17, (i) => i + 1), 130, 263].map((rows): Named => {
    const n = (rows % 3) + 1;
    const scales = many(rows, () => random(1, 0x7fff));
    return [
      `${rows} rows of ${n} digits`,
      { columns: 96, digits: n, sums: many(rows * n, () => random(-12192, 12192)), scales },
    ];
  });
  return [...ofColumns, ...ofRows];
}

/** A unit, and the largest magnitude of an integer that it takes. */
interface SomeUnit {
  readonly name: string;
  readonly room: number;
  readonly m: number;
  readonly e: number;
  readonly most: number;
}

/**
 * Units whose products are shifted by every amount to either side, beyond what a word holds too, the zero unit, and those at the edges
 * of what kernels with products of a word can serve.
 */
function units(): SomeUnit[] {
  const shifts = many(70, (i) => i - 35);
  const columns = [1, 5, 192, 4096];
  const all = shifts.map((bits, i): SomeUnit => {
    const room = i % 5 === 4 ? 0 : operators.sumShift(columns[i % 5]!);
    const most = i % 5 === 4 ? 2 ** 30 - 1 : 127 * columns[i % 5]!;
    const [m, e] = [[0x8000, 0xffff, 0xa953][i % 3]!, room - 32 - bits];
    return { name: `room ${room}, scale ${m} * 2^${e}`, room, m, e, most };
  });
  return [...all, { name: 'scale 0', room: 15, m: 0, e: 0, most: 24384 }, ...edges()];
}

/** The most columns of rooms around 15; whole products, and those of shifted integers, are shifted by what is around both ends. */
function edges(): SomeUnit[] {
  return [1032, 516, 258, 129, 64, 4].flatMap((columns) => {
    const room = operators.sumShift(columns);
    const ofWhole = [-1, 0, 1, 2, 3, 15, 16, 17, 18, 19, 31, 32];
    const ofShifted = [-1, 0, 1, 2, 30, 31, 32].map((bits) => bits + 16 - room);
    return [...new Set([...ofWhole, ...ofShifted])].map((places): SomeUnit => {
      const e = -16 - places;
      return { name: `${columns} columns, ${places} places`, room, m: 0xffff, e, most: 127 * columns };
    });
  });
}

/** How many integers of a unit: few, with every remainder of what kernels take at once; of the last ones, more than its ends. */
const lengthOf = (i: number): number => (i < 71 ? (i % 7) + 1 : 7);

const wordsOf = ({ room, m, e }: SomeUnit, prefix = ''): Arguments => ({
  [`${prefix}room`]: room,
  [`${prefix}m`]: m,
  [`${prefix}e`]: e,
});

/** As many integers as are asked for, the ends of the unit's range first. */
const integersOf = ({ most }: SomeUnit, n: number, random: Random): number[] =>
  many(n, (i) => [most, -most, 0, 1, -1][i] ?? random(-most, most));

/** Takes a Q16 value below 2^29 for what it is. */
const identity: SomeUnit = { name: 'as it is', room: 1, m: 0x8000, e: -31, most: 2 ** 29 - 1 };

/** Around every bend of the tables of the logistic function. */
const bends = [0, 1, 4095, 4096, 4097, 0x7_f000, 0x7_ffff, 0x8_0000, 0x8_3fff, 0x8_4000, 0xe_0000, 0xf_ffff]
  .concat([0x10_0000, 0x10_0001, 2 ** 29 - 1])
  .flatMap((x) => [x, -x | 0, -x - 1]);

/** Q16 values: bends of the tables, and lengths of 1 to 17. */
function gateVectors(random: Random): [name: string, values: number[]][] {
  return [
    ['bends of the tables', bends],
    ...[...many(17, (i) => i + 1), 33].map((n): [string, number[]] => [
      `${n} within 20`,
      many(n, () => random(-1310720, 1310720)),
    ]),
    ['all magnitudes', spread(64, random, 29)],
  ];
}

function siluCases(random: Random): Named[] {
  return [
    ...gateVectors(random).map(([name, values]): Named => [name, { ...wordsOf(identity), in: values }]),
    ...units().map((unit, i): Named => [
      unit.name,
      { ...wordsOf(unit), in: integersOf(unit, lengthOf(i), random) },
    ]),
  ];
}

const statesFor = (values: Numbers, random: Random): number[] =>
  values.map((_, i) => [fixed.limit, -fixed.limit - 1, 0, -1][i % 7] ?? random(-(2 ** 24), 2 ** 24));

const boundsFor = (values: Numbers, random: Random): number[] =>
  values.map((_, i) => [0xffff, 0, 1][i % 5] ?? random(0, 0xffff));

function recurCases(random: Random): Named[] {
  const ofValues = gateVectors(random).flatMap(([name, gate]): Named[] => {
    const input = gate.map((_, i) => gate[(i * 7 + 3) % gate.length]!);
    const args = {
      ...wordsOf(identity, 'gate_'),
      ...wordsOf(identity, 'input_'),
      h: statesFor(gate, random),
      gate,
      input,
    };
    return [
      [`${name}, no bound`, { ...args, bound: [] }],
      [name, { ...args, bound: boundsFor(gate, random) }],
    ];
  });
  const ofUnits = units().map((unit, i, all): Named => {
    const other = all[(i * 31 + 11) % all.length]!;
    const gate = integersOf(unit, lengthOf(i), random);
    const input = integersOf(other, gate.length, random).reverse();
    const bound = i % 2 === 0 ? [] : boundsFor(gate, random);
    const args = { ...wordsOf(unit, 'gate_'), ...wordsOf(other, 'input_') };
    return [`${unit.name}; ${other.name}`, { ...args, h: statesFor(gate, random), gate, bound, input }];
  });
  return [...ofValues, ...ofUnits];
}

/** Every vector beside another of its length, by which it is multiplied. */
function gateCases(random: Random): Named[] {
  const all = vectors(random, 30);
  return all.flatMap(([name, values], i): Named[] => {
    const others = [all[(i * 5 + 2) % all.length]!, all[(i * 3 + 20) % all.length]!];
    return others.map(([otherName, other]) => {
      const factors = values.map((_, k) => other[k % other.length]!);
      const shift = operators.widen(Int32Array.from(values)).shift;
      const bits = fixed.bitsOf(Int32Array.from(factors));
      return [`${name}; ${otherName}`, { shift, factor_bits: bits, open: values, factors }];
    });
  });
}

function addCases(random: Random): Named[] {
  const ofVectors = vectors(random, 30).map(([name, x]): Named => [
    name,
    {
      ...wordsOf(identity),
      x,
      in: x.map((value, i) => (i % 2 === 0 ? value >> 1 : random(-(2 ** 29), 2 ** 29))),
    },
  ]);
  const ofUnits = units().map((unit, i): Named => {
    const integers = integersOf(unit, lengthOf(i), random);
    return [unit.name, { ...wordsOf(unit), x: statesFor(integers, random).reverse(), in: integers }];
  });
  return [...ofVectors, ...ofUnits];
}

/** Rows of odd lengths at every shift, with both ends of the range. */
function embedCases(limit: number, random: Random): Named[] {
  return many(32, (shift) => shift).map((shift): Named => [
    `shift ${shift}`,
    {
      scale: [0x7fff, 0x4000, 1, 0x5abc][shift % 4]!,
      shift,
      row: many((shift % 17) + 1, (i) => [limit, -limit, 0, 1, -1][i] ?? random(-limit, limit)),
    },
  ]);
}

/** The cases of every kernel, from one seed each. */
export const kernelCases: Readonly<Record<string, (random: Random) => Named[]>> = {
  gemv_s8_t2: (random) => gemvCases('t2', random),
  gemv_s8_t5: (random) => gemvCases('t5', random),
  gemv_pair_s8_t2: (random) => gemvPairCases('t2', random),
  gemv_pair_s8_t5: (random) => gemvPairCases('t5', random),
  bits_s32: (random) => vectors(random, 31).map(([name, values]) => [name, { in: values }]),
  square_sum_s32: squareSumCases,
  norm_s32: normCases,
  quantize_s32_s8: quantizeCases,
  scale_rows_s32: scaleRowCases,
  recur_s32: recurCases,
  silu_s32: siluCases,
  gate_s32: gateCases,
  add_s32: addCases,
  digits_t2: (random) => digitCases('t2', random),
  digits_t5: (random) => digitCases('t5', random),
  embed_e8: (random) => embedCases(127, random),
  embed_e16: (random) => embedCases(32767, random),
  gemv_more_s8_t2: (random) => gemvMoreCases('t2', random),
  gemv_more_s8_t5: (random) => gemvMoreCases('t5', random),
};
