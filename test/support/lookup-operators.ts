// What the kernels of the look-up must compute, and the cases on which that is held. Twin of their meaning: lookup.h.
import { t2Codes, t5Codes } from '../../host-tools/compiler/layouts.ts';
import { maxChunkGroups, tableEntries } from '../../host-tools/contracts/image.ts';
import type { Packing } from '../../host-tools/compiler/layouts.ts';
import type { Named } from './gemv-cases.ts';
import type { Arguments, Numbers, Results } from './kernel-signatures.ts';
import { many } from './random-integers.ts';
import type { Random } from './random-integers.ts';

const packings = {
  t2: { codes: t2Codes, columns: 4, bias: 512 },
  t5: { codes: t5Codes, columns: 5, bias: 640 },
} as const;

/** Twin: TLM_PAIR_GROUPS_MAX in firmware/kernels/lookup/lookup.h. */
const maxPairGroups = 51;
const mostOfEntry = 1275;

/** The tables of activations: the bias and what each code is worth, 0 where a byte is no code. */
function tables(packing: Packing, x: Numbers): number[] {
  const { codes, columns, bias } = packings[packing];
  return many(x.length / columns, (group) => group).flatMap((group) =>
    codes.map((trits) => trits?.reduce((sum, trit, i) => sum + trit * x[group * columns + i]!, bias) ?? 0),
  );
}

/** Of a pair, an entry of the one after that of the other. */
function pairOfTables(packing: Packing, args: Arguments): Results {
  const [low, high] = ['x0', 'x1'].map((key) => tables(packing, args[key] as Numbers));
  return { table: low!.flatMap((entry, i) => [entry, high![i]!]) };
}

/** What harness.c draws: twin of draw() and entry() in test/support/kernel-harness/lookup.c. */
function tableFrom(seed: number, groups: number, half: 'upper' | 'lower'): number[] {
  return many(groups * tableEntries, (i) => {
    if (seed === 0) return mostOfEntry;
    const drawn = Math.imul(seed + i, 2654435761) >>> 0;
    return (half === 'upper' ? drawn >>> 16 : drawn & 0xffff) % (mostOfEntry + 1);
  });
}

/** The sums of one vector, y before that; `half` of what is drawn is its table. */
function lookUp(args: Arguments, y: Numbers, stride: number, half: 'upper' | 'lower'): number[] {
  const [groups, seed, bias, adds] = ['groups', 'seed', 'bias', 'adds'].map((key) => args[key] as number);
  const w = args['w'] as Numbers;
  const table = tableFrom(seed!, groups!, half);
  return y.map((before, row) => {
    const block = (row >> 2) * stride;
    return many(groups!, (group) => table[group * tableEntries + w[block + 4 * group + (row & 3)]!]!).reduce(
      (sum, entry) => sum + entry,
      adds ? before : 0 - bias!,
    );
  });
}

export const lookupOperators: Readonly<Record<string, (args: Arguments) => Results>> = {
  table_s8_t2: (args) => ({ table: tables('t2', args['x'] as Numbers) }),
  table_s8_t5: (args) => ({ table: tables('t5', args['x'] as Numbers) }),
  table_pair_s8_t2: (args) => pairOfTables('t2', args),
  table_pair_s8_t5: (args) => pairOfTables('t5', args),
  lookup_u16: (args) => ({ y: lookUp(args, args['y'] as Numbers, 4 * (args['groups'] as number), 'upper') }),
  lookup_pair_u32: (args) => ({
    y0: lookUp(args, args['y0'] as Numbers, args['stride'] as number, 'upper'),
    y1: lookUp(args, args['y1'] as Numbers, args['stride'] as number, 'lower'),
  }),
};

/** Activations of one group at the ends of their range, then of several groups. */
function activations(packing: Packing, random: Random): [name: string, x: number[]][] {
  const { columns } = packings[packing];
  const one = (name: string, make: (i: number) => number): [string, number[]] => [name, many(columns, make)];
  return [
    one('zeros', () => 0),
    one('all 127', () => 127),
    one('all -127', () => -127),
    one('alternating', (i) => (i % 2 === 0 ? 127 : -127)),
    ...many(columns, (i) => i).map((i) => one(`column ${i} alone`, (k) => (k === i ? 100 : 0))),
    ...[2, 3, 4, 7].map((groups): [string, number[]] => [
      `${groups} groups`,
      many(groups * columns, () => random(-127, 127)),
    ]),
  ];
}

const tableCases = (packing: Packing, random: Random): Named[] =>
  activations(packing, random).map(([name, x]) => [name, { x }]);

const tablePairCases = (packing: Packing, random: Random): Named[] =>
  activations(packing, random).map(([name, x0]) => [
    name,
    { x0, x1: x0.map((value, i) => (i % 2 === 0 ? 0 - value : random(-127, 127))) },
  ]);

/** Blocks and groups of a look-up: every number of groups is swept elsewhere. */
const lookupShapes = [
  [1, 1],
  [1, 2],
  [2, 3],
  [3, 5],
  [5, 8],
  [2, 20],
  [1, 33],
  [2, 50],
  [3, 51],
  [1, 64],
] as const;

const sums = (n: number, random: Random): number[] =>
  many(n, (i) => [-(2 ** 23), 2 ** 23, 0, -1][i] ?? random(-100_000, 100_000));

/** Where the sums begin: with y, or with a bias, whatever y held. */
const beginning = (seed: number, adds: boolean): { bias: number; adds: number } =>
  adds ? { bias: 0, adds: 1 } : { bias: seed === 1 ? 2 ** 23 : 640 * seed, adds: 0 };

/** Sums to begin with and codes; seed 0 fills the table with the largest entry. Of an even seed, y is added to. */
export function lookupCase(
  [blocks, groups]: readonly [number, number],
  seed: number,
  random: Random,
  adds = seed % 2 === 0,
): Arguments {
  const w = many(4 * blocks * groups, () => random(0, 255));
  return { groups, seed, ...beginning(seed, adds), y: sums(4 * blocks, random), w };
}

export function lookupPairCase(
  [blocks, groups, stride]: readonly [number, number, number],
  seed: number,
  random: Random,
  adds = seed % 2 === 0,
): Arguments {
  const w = many(stride * (blocks - 1) + 4 * groups, () => random(0, 255));
  const [y0, y1] = [sums(4 * blocks, random), sums(4 * blocks, random).reverse()];
  return { groups, stride, seed, ...beginning(seed, adds), y0, y1, w };
}

function lookupCases(random: Random): Named[] {
  return [
    ...lookupShapes.map((shape, i): Named => [
      `${shape[0]} blocks of ${shape[1]} groups`,
      lookupCase(shape, i + 1, random),
    ]),
    ['the largest sums', lookupCase([2, maxChunkGroups], 0, random)],
    ['the largest sums, anew', lookupCase([2, maxChunkGroups], 0, random, false)],
  ];
}

function lookupPairCases(random: Random): Named[] {
  return [
    ...lookupShapes
      .filter(([, groups]) => groups <= maxPairGroups)
      .map(([blocks, groups], i): Named => {
        const stride = 4 * (groups + [0, 1, 13][i % 3]!);
        return [
          `${blocks} blocks of ${groups} groups, ${stride} bytes apart`,
          lookupPairCase([blocks, groups, stride], i + 1, random),
        ];
      }),
    ['the largest sums', lookupPairCase([2, maxPairGroups, 4 * maxPairGroups], 0, random)],
    ['the largest sums, anew', lookupPairCase([2, maxPairGroups, 4 * maxPairGroups], 0, random, false)],
  ];
}

/** The cases of every kernel of lookup.h, from one seed each. */
export const lookupKernelCases: Readonly<Record<string, (random: Random) => Named[]>> = {
  table_s8_t2: (random) => tableCases('t2', random),
  table_s8_t5: (random) => tableCases('t5', random),
  table_pair_s8_t2: (random) => tablePairCases('t2', random),
  table_pair_s8_t5: (random) => tablePairCases('t5', random),
  lookup_u16: lookupCases,
  lookup_pair_u32: lookupPairCases,
};
