// Cases of the kernels that read packed matrices: products of one and of two vectors, rows of digits.
import { groupsOf, packMatrix } from '../../host-tools/compiler/layouts.ts';
import type { Packing } from '../../host-tools/compiler/layouts.ts';
import type { Arguments } from './kernel-signatures.ts';
import { many } from './random-integers.ts';
import type { Random } from './random-integers.ts';

export type Named = readonly [name: string, args: Arguments];

/** Rows, columns, groups of a chunk. */
export type GemvShape = readonly [rows: number, columns: number, chunk: number];

/** A matrix and a vector; `trit` and `activation` fix what is else random. */
export function gemvCase(
  packing: Packing,
  [rows, columns, chunk]: GemvShape,
  random: Random,
  fixedValues: { trit?: number; activation?: number } = {},
): Arguments {
  const trits = Int8Array.from(many(rows * columns, () => fixedValues.trit ?? random(-1, 1)));
  const x = many(columns, (i) => {
    const activation = fixedValues.activation ?? random(-127, 127);
    return fixedValues.trit === 0 && i % 2 === 1 ? -activation : activation;
  });
  return { rows, columns, chunk, w: [...packMatrix(packing, trits, rows, columns, chunk)], x };
}

/** The same for two vectors, and a table of so many groups. */
export function gemvPairCase(
  packing: Packing,
  shape: GemvShape,
  tableGroups: number,
  random: Random,
  fixedValues: { trit?: number; activation?: number } = {},
): Arguments {
  const one = gemvCase(packing, shape, random, fixedValues);
  const x = one['x'] as number[];
  const other = x.map((value) => (fixedValues.activation === undefined ? random(-127, 127) : 0 - value));
  return { ...one, table_groups: tableGroups, x: [...x, ...other] };
}

/** One row, one column, odd rows and columns, one group a chunk, the last chunk shorter, the most groups a chunk. */
const gemvShapes: readonly GemvShape[] = [
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
  [5, 161, 33],
  [1, 192, 20],
  [3, 324, 17],
  [5, 320, 64],
  [2, 333, 64],
  [1, 640, 63],
];

/** Trits and activations whose sums are as large as they get, of either sign, and zero. */
const extremes = ([-1, 0, 1] as const).flatMap((trit) =>
  [-127, 127].map((activation) => ({ trit, activation })),
);

const nameOf = ({ trit, activation }: (typeof extremes)[number]): string =>
  `all trits ${trit}, activations ${trit === 0 ? 'alternating from' : 'all'} ${activation}`;

export function gemvCases(packing: Packing, random: Random): Named[] {
  return [
    ...gemvShapes.map((shape): Named => [
      `${shape[0]} rows of ${shape[1]}, chunks of ${shape[2]} groups`,
      gemvCase(packing, shape, random),
    ]),
    ...extremes.map((values): Named => [nameOf(values), gemvCase(packing, [5, 320, 64], random, values)]),
  ];
}

/** Rows, columns, and rows of the product before. */
const moreShapes = [
  [5, 1, 4],
  [9, 23, 8],
  [24, 64, 4],
  [21, 112, 16],
  [8, 204, 4],
  [6, 256, 4],
] as const;

export function gemvMoreCases(packing: Packing, random: Random): Named[] {
  return moreShapes.map(([rows, columns, first]): Named => {
    const { w, x } = gemvCase(packing, [rows, columns, groupsOf(packing, columns)], random);
    return [`${rows} rows of ${columns} behind ${first}`, { rows, columns, first, w: w!, x: x! }];
  });
}

/** Tables of one group of a pair at a time, of parts of a chunk, of a whole one, and beyond what one look-up takes. */
const pairTables = [2, 3, 5, 16, 40, 64, 102, 128];

export function gemvPairCases(packing: Packing, random: Random): Named[] {
  return [
    ...gemvShapes.map((shape, i): Named => {
      const tableGroups = Math.max(2, shape[2], pairTables[i % pairTables.length]!);
      return [
        `${shape[0]} rows of ${shape[1]}, chunks of ${shape[2]} groups, a table of ${tableGroups}`,
        gemvPairCase(packing, shape, tableGroups, random),
      ];
    }),
    ...extremes.map((values): Named => [
      nameOf(values),
      gemvPairCase(packing, [5, 320, 64], 128, random, values),
    ]),
  ];
}

/** Rows, columns, groups of a chunk; of each the first row, the last and one between. */
const digitShapes: readonly GemvShape[] = [
  [1, 1, 1],
  [3, 4, 1],
  [5, 6, 2],
  [4, 35, 7],
  [3, 161, 33],
  [7, 96, 20],
];

export function digitCases(packing: Packing, random: Random): Named[] {
  return [1, 2, 3].flatMap((n) =>
    digitShapes.flatMap(([rows, columns, chunk]) => {
      const trits = Int8Array.from(many(rows * n * columns, () => random(-1, 1)));
      trits.subarray(0, n * columns).fill(1);
      trits.subarray(-n * columns).fill(rows > 1 ? -1 : 1);
      const w = [...packMatrix(packing, trits, rows * n, columns, chunk)];
      return [...new Set([0, rows >> 1, rows - 1])].map((index): Named => [
        `row ${index} of ${rows}, ${n} digits, ${columns} columns`,
        { index, digits: n, rows, columns, chunk, w },
      ]);
    }),
  );
}
