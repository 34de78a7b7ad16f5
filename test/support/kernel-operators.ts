// What each kernel must compute, by the operators of the compiler, and the cases on which that is held.
import * as fixed from '../../host-tools/compiler/fixed.ts';
import { packMatrix, unpackMatrix } from '../../host-tools/compiler/layouts.ts';
import * as operators from '../../host-tools/compiler/operators.ts';
import type { KernelCase, Numbers } from './kernel-harness.ts';

type In = KernelCase['in'];
type Out = Record<string, Numbers>;

const number = (args: In, key: string): number => args[key] as number;
const words = (args: In, key: string): Int32Array => Int32Array.from(args[key] as Numbers);

function gemv(layout: 't2' | 't5', args: In): Out {
  const [rows, columns] = [number(args, 'rows'), number(args, 'columns')];
  const chunk = layout === 't5' ? number(args, 'chunk') : 0;
  const packed = Uint8Array.from(args['w'] as Numbers);
  const trits = unpackMatrix(layout, packed, rows, columns, chunk)!;
  return { y: [...operators.matVec(trits, Int8Array.from(args['x'] as Numbers))] };
}

/** One row of integers out of all of them. */
function digits(layout: 't2' | 't5', args: In): Out {
  const [index, n, columns] = [number(args, 'index'), number(args, 'digits'), number(args, 'columns')];
  const [rows, chunk] = layout === 't5' ? [number(args, 'rows'), number(args, 'chunk')] : [index + 1, 0];
  const packed = Uint8Array.from(args['w'] as Numbers);
  const trits = unpackMatrix(layout, packed, rows * n, columns, chunk)!;
  const length = n * columns;
  return { row: [...operators.rowOfDigits(trits.subarray(index * length, (index + 1) * length), n)] };
}

function embedding(args: In, row: Int8Array | Int16Array): Out {
  return { x: [...operators.embed(row, number(args, 'scale'), number(args, 'shift'))] };
}

/** One for every kernel of kernels.h. */
export const kernelOperators: Readonly<Record<string, (args: In) => Out>> = {
  gemv_s8_t2: (args) => gemv('t2', args),
  gemv_s8_t5: (args) => gemv('t5', args),
  widen_s32: (args) => {
    const { values, shift } = operators.widen(words(args, 'in'));
    return { out: [...values], shift: [shift] };
  },
  narrow_s32: (args) => {
    const { values, shift } = operators.narrow(words(args, 'in'));
    return { out: [...values], shift: [shift] };
  },
  multiply_s32_s16: (args) => {
    const weights = Int16Array.from(args['weights'] as Numbers);
    const { values, shift } = operators.mulWide(words(args, 'in'), weights);
    return { out: [...values], shift: [shift] };
  },
  square_sum_s32: (args) => {
    const shifted = words(args, 'in').map((value) => value << number(args, 'shift'));
    return { sum: [operators.squareSum(shifted)] };
  },
  quantize_s32_s8: (args) => {
    const weights = Int16Array.from(args['weights'] as Numbers);
    const { values, shift } = operators.mulWide(words(args, 'in'), weights);
    const { q, largest } = operators.quantizeWide(values);
    return { q: [...q], largest: [largest], shift: [shift] };
  },
  scale_s32: (args) => {
    const unit = { m: number(args, 'm'), e: number(args, 'e') };
    return { out: [...operators.toQ16(words(args, 'sums'), number(args, 'room'), unit)] };
  },
  silu_s32: (args) => ({ out: Array.from(words(args, 'x'), operators.silu) }),
  forget_span_s32: (args) => {
    const bound = args['bound'] as Numbers;
    const fractions = bound.length === 0 ? undefined : Uint16Array.from(bound);
    return { span: [...operators.forgetSpan(words(args, 'gate'), fractions)] };
  },
  recur_s32: (args) => {
    const h = words(args, 'h');
    operators.recur(h, Uint16Array.from(args['span'] as Numbers), words(args, 'input'));
    return { h: [...h] };
  },
  add_s32: (args) => {
    const x = words(args, 'x');
    operators.addResidual(x, words(args, 'y'));
    return { x: [...x] };
  },
  embed_e8: (args) => embedding(args, Int8Array.from(args['row'] as Numbers)),
  embed_e16: (args) => embedding(args, Int16Array.from(args['row'] as Numbers)),
  scale_rows_s32: (args) => {
    const [n, columns] = [number(args, 'digits'), number(args, 'columns')];
    const scales = Uint16Array.from(args['scales'] as Numbers);
    return { out: [...operators.scaleRows(words(args, 'sums'), columns, n, scales)] };
  },
  digits_t2: (args) => digits('t2', args),
  digits_t5: (args) => digits('t5', args),
};

/** Integers from a seed, the same everywhere (the congruential generator of Numerical Recipes). */
export function randomIntegers(seed: number): (least: number, most: number) => number {
  let state = seed >>> 0;
  return (least, most) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return least + Math.floor((state / 2 ** 32) * (most - least + 1));
  };
}

type Random = ReturnType<typeof randomIntegers>;
type Named = readonly [name: string, args: In];

const many = (n: number, make: (i: number) => number): number[] =>
  Array.from({ length: n }, (_, i) => make(i));

/** A matrix and a vector; `trit` and `activation` fix what is else random. */
export function gemvCase(
  layout: 't2' | 't5',
  [rows, columns, chunk]: readonly [number, number, number],
  random: Random,
  fixedValues: { trit?: number; activation?: number } = {},
): In {
  const trits = Int8Array.from(many(rows * columns, () => fixedValues.trit ?? random(-1, 1)));
  const x = many(columns, (i) => {
    const activation = fixedValues.activation ?? random(-127, 127);
    return fixedValues.trit === 0 && i % 2 === 1 ? -activation : activation;
  });
  const w = [...packMatrix(layout, trits, rows, columns, chunk)];
  return { rows, columns, ...(layout === 't5' && { chunk }), w, x };
}

/** Rows, columns, groups of a chunk. */
const gemvShapes = [
  [1, 1, 1],
  [1, 5, 1],
  [3, 4, 1],
  [4, 6, 2],
  [5, 1, 1],
  [7, 35, 7],
  [8, 40, 8],
  [2, 45, 9],
  [6, 41, 4],
  [13, 77, 1],
  [4, 80, 16],
  [5, 96, 20],
  [3, 123, 25],
  [9, 155, 31],
  [2, 160, 32],
  [5, 161, 32],
  [1, 192, 20],
  [3, 324, 17],
] as const;

function gemvCases(layout: 't2' | 't5', random: Random): Named[] {
  const extremes = ([-1, 0, 1] as const).flatMap((trit) =>
    [-127, 127].map((activation): Named => [
      `all trits ${trit}, activations ${trit === 0 ? 'alternating from' : 'all'} ${activation}`,
      gemvCase(layout, [5, 160, 32], random, { trit, activation }),
    ]),
  );
  const shapes = gemvShapes.map((shape): Named => [
    `${shape[0]} rows of ${shape[1]}${layout === 't5' ? `, chunks of ${shape[2]} groups` : ''}`,
    gemvCase(layout, shape, random),
  ]);
  return [...shapes, ...extremes];
}

/** Words of every magnitude up to `limit`. */
function spread(n: number, random: Random, limit: number): number[] {
  return many(n, () => random(-limit, limit) >> random(0, 30));
}

/** Vectors of odd lengths, of one magnitude, at both ends of the range, of zeros. */
function vectors(random: Random, limit: number): [string, number[]][] {
  const powers = [0, 1, 14, 15, 16, 28, 29].filter((bit) => 2 ** bit <= limit);
  return [
    ...[1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 33].map((n): [string, number[]] => [
      `${n} of all magnitudes`,
      spread(n, random, limit),
    ]),
    ['zeros', many(9, () => 0)],
    ['both ends of the range', [limit, -limit, limit - 1, 1 - limit, 0, 1, -1]],
    ...powers.flatMap((bit): [string, number[]][] => [
      [`-2^${bit} alone`, [0, 0, -(2 ** bit), 0, 0]],
      [`2^${bit} - 1 and -2^${bit} + 1`, many(8, (i) => (i % 2 === 0 ? 2 ** bit - 1 : 1 - 2 ** bit))],
    ]),
  ];
}

function wideVectors(random: Random): [string, number[]][] {
  return vectors(random, fixed.limit).map(([name, values]) => [
    name,
    [...operators.widen(Int32Array.from(values)).values],
  ]);
}

const weightsFor = (values: Numbers, random: Random): number[] =>
  values.map((_, i) => [32767, -32768, 0, 1, -1][i % 7] ?? random(-32768, 32767));

/** Around every bend of the tables of the logistic function. */
const gates = [
  0, 1, -1, 2047, 2048, -2048, 0x7_ffff, 0x8_0000, -0x8_0000, 0x8_3fff, 0x8_4000, 0xf_ffff, 0x10_0000,
]
  .flatMap((x) => [x, -x | 0])
  .concat([fixed.limit, -fixed.limit, 0xe_0000, -0xe_0000]);

function gateVectors(random: Random): [string, number[]][] {
  return [
    ['bends of the tables', gates],
    ...[1, 5, 33].map((n): [string, number[]] => [
      `${n} within 20`,
      many(n, () => random(-1310720, 1310720)),
    ]),
    ['all magnitudes', spread(64, random, fixed.limit)],
  ];
}

/** Scales that shift by every amount and saturate. */
const scales = [-60, -49, -48, -47, -40, -33, -32, -31, -24, -20, -16, -10, 0, 16].flatMap((e) => [
  { m: 0x8000, e },
  { m: 0xffff, e },
]);

function scaleCases(random: Random): Named[] {
  return [...scales, { m: 0, e: 0 }].flatMap(({ m, e }, i) => {
    const columns = [1, 5, 192, 4096][i % 4]!;
    const most = 127 * columns;
    const sums = [most, -most, 0, 1, -1, ...many(i % 5, () => random(-most, most))];
    const room = operators.sumShift(columns);
    return [[`${columns} columns, scale ${m} * 2^${e}`, { room, m, e, sums }] as const];
  });
}

function forgetCases(random: Random): Named[] {
  return gateVectors(random).flatMap(([name, gate]): Named[] => [
    [`${name}, no bound`, { gate, bound: [] }],
    [name, { gate, bound: gate.map((_, i) => [0xffff, 0, 1][i % 5] ?? random(0, 0xffff)) }],
  ]);
}

function recurCases(random: Random): Named[] {
  return gateVectors(random).map(([name, input]): Named => {
    const h = input.map((_, i) => [fixed.limit, -fixed.limit, 0][i % 5] ?? random(-(2 ** 24), 2 ** 24));
    return [name, { h, span: input.map((_, i) => [0xffff, 0, 1][i % 4] ?? random(0, 0xffff)), input }];
  });
}

function embedCases(limit: number, random: Random): Named[] {
  return [0, 1, 7, 15, 16, 31].map((shift, i): Named => [
    `shift ${shift}`,
    {
      scale: [0xffff, 0x8000, 0x9abc][i % 3]!,
      shift,
      row: [limit, -limit, 0, 1, -1, ...many(i, () => random(-limit, limit))],
    },
  ]);
}

/** Sums of every size, both ends among them. */
function scaleRowCases(random: Random): Named[] {
  return [1, 2, 3].flatMap((n) =>
    [1, 5, 192, 4096, 65535].map((columns): Named => {
      const most = 127 * columns;
      const sums = [most, -most, 0, 1, -1].flatMap((sum) => many(n, () => sum));
      const all = [...sums, ...many(4 * n, () => random(-most, most))];
      const scales = many(all.length / n, (i) => [0xffff, 0x8000, 1][i % 5] ?? random(1, 0xffff));
      return [`${n} digits, ${columns} columns`, { columns, digits: n, sums: all, scales }];
    }),
  );
}

/** Rows, columns, groups of a chunk; the first, the last and one between. */
const digitShapes = [
  [1, 1, 1],
  [3, 4, 1],
  [5, 6, 2],
  [4, 35, 7],
  [3, 161, 32],
  [7, 96, 20],
] as const;

function digitCases(layout: 't2' | 't5', random: Random): Named[] {
  return [1, 2, 3].flatMap((n) =>
    digitShapes.flatMap(([rows, columns, chunk]) => {
      const trits = Int8Array.from(many(rows * n * columns, () => random(-1, 1)));
      trits.subarray(0, n * columns).fill(1);
      const w = [...packMatrix(layout, trits, rows * n, columns, chunk)];
      return [...new Set([0, rows >> 1, rows - 1])].map((index): Named => [
        `row ${index} of ${rows}, ${n} digits, ${columns} columns`,
        { index, digits: n, ...(layout === 't5' && { rows }), columns, ...(layout === 't5' && { chunk }), w },
      ]);
    }),
  );
}

/** The cases of every kernel, from one seed each. */
export const kernelCases: Readonly<Record<string, (random: Random) => Named[]>> = {
  gemv_s8_t2: (random) => gemvCases('t2', random),
  gemv_s8_t5: (random) => gemvCases('t5', random),
  widen_s32: (random) => vectors(random, fixed.limit).map(([name, values]) => [name, { in: values }]),
  narrow_s32: (random) => vectors(random, fixed.limit).map(([name, values]) => [name, { in: values }]),
  multiply_s32_s16: (random) =>
    wideVectors(random).map(([name, values]) => [name, { in: values, weights: weightsFor(values, random) }]),
  square_sum_s32: (random) => [
    ...wideVectors(random).map(([name, values]): Named => [name, { shift: 0, in: values }]),
    ...[1, 9, 14].map((shift): Named => [
      `shifted by ${shift}`,
      { shift, in: many(19, () => random(-(2 ** 30) + 1, 2 ** 30 - 1) >> shift) },
    ]),
    ['300 of the largest', { shift: 0, in: many(300, (i) => (i % 2 === 0 ? fixed.limit : -fixed.limit)) }],
  ],
  quantize_s32_s8: (random) =>
    wideVectors(random).map(([name, values]) => [name, { in: values, weights: weightsFor(values, random) }]),
  scale_s32: scaleCases,
  silu_s32: (random) => gateVectors(random).map(([name, x]) => [name, { x }]),
  forget_span_s32: forgetCases,
  recur_s32: recurCases,
  add_s32: (random) =>
    vectors(random, fixed.limit).map(([name, x]) => [
      name,
      { x, y: x.map((value, i) => (i % 2 === 0 ? value : random(-fixed.limit, fixed.limit))) },
    ]),
  embed_e8: (random) => embedCases(127, random),
  embed_e16: (random) => embedCases(32767, random),
  scale_rows_s32: scaleRowCases,
  digits_t2: (random) => digitCases('t2', random),
  digits_t5: (random) => digitCases('t5', random),
};
