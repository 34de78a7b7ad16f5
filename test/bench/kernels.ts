// Counts products on emulated cores: instructions and cycles of a weight, beside a dense int8 layer on the same core.
import { assert } from 'chai';
import { tableBytesPerGroup } from '../../host-tools/contracts/image.ts';
import type { Kernels } from '../../host-tools/compiler/costs.ts';
import { matrixBytes } from '../../host-tools/compiler/layouts.ts';
import type { Packing } from '../../host-tools/compiler/layouts.ts';
import { anyTarget, planImage } from '../../host-tools/compiler/plan-image.ts';
import type { MatrixPlan } from '../../host-tools/compiler/plan-image.ts';
import { allKernels } from '../support/all-kernels.ts';
import { cores } from '../support/cores.ts';
import { gemvCase, gemvPairCase } from '../support/gemv-cases.ts';
import { chipHarness } from '../support/kernel-harness.ts';
import type { Asked, Harness, KernelCounts } from '../support/kernel-harness.ts';
import { many, randomIntegers } from '../support/random-integers.ts';
import { rp2040Harness } from '../support/rp2040-harness.ts';
import type { BenchCore } from './cores.ts';
import type { KernelFigures } from './record.ts';
import { boundOf, rooflines } from './roofline.ts';

export type Shape = readonly [rows: number, columns: number];

/** Rows and columns; a figure is the mean over the three. */
export const shapes: readonly Shape[] = [
  [256, 256],
  [704, 256],
  [256, 704],
];

/** RAM that the boards give to tables. Twin: tableBytes in boards/stm32f405/board.ts. */
const tableBytes = 32 * 1024;

/** What the compiler decides for an image that holds this matrix alone, in memory without wait states. */
export function planOf(kernels: Kernels, weights: Packing | 'auto', [rows, columns]: Shape): MatrixPlan {
  const target = { ...anyTarget(tableBytes), kernels };
  const shape = { layers: 1, vocab: 4, hidden: columns, inner: columns, intermediate: rows };
  const slot = { kind: 'f_proj', layer: 0, rows, cols: columns, holds: 'trits', digits: 1 } as const;
  const plan = planImage([slot], { ...shape, embeddingDigits: 0, weightDigits: 0 }, weights, target);
  return plan.matrices[0]!;
}

/** A product to be counted, and what its weights are. */
export interface Product {
  readonly packing: Packing | undefined;
  readonly isPair: boolean;
  readonly shape: Shape;
  readonly chunk: number;
  readonly asked: Asked;
}

/** A dense layer: test/bench/dense_s8.c says how its weights lie. */
function denseProduct(shape: Shape): Product {
  const [rows, columns] = shape;
  const random = randomIntegers(3);
  const args = {
    ...{ rows, columns },
    w: many(rows * columns, () => random(-127, 127)),
    x: many(columns, () => random(-127, 127)),
  };
  return { packing: undefined, isPair: false, shape, chunk: 0, asked: { kernel: 'dense_s8', args } };
}

function denseSums({ args }: Asked): number[] {
  const [rows, columns] = [args['rows'] as number, args['columns'] as number];
  const [w, x] = [args['w'] as number[], args['x'] as number[]];
  return many(rows, (row) => {
    const start = (row >> 2) * 4 * columns + 4 * (row & 3);
    return x.reduce((sum, value, i) => sum + value * w[start + 16 * (i >> 2) + (i & 3)]!, 0);
  });
}

export function ternaryProduct(packing: Packing, isPair: boolean, shape: Shape, chunk: number): Product {
  const random = randomIntegers(2);
  const args = isPair
    ? gemvPairCase(packing, [...shape, chunk], chunk, random)
    : gemvCase(packing, [...shape, chunk], random);
  const kernel = `gemv_${isPair ? 'pair_' : ''}s8_${packing}`;
  return { packing, isPair, shape, chunk, asked: { kernel, args } };
}

const operators = new Map(allKernels.map(({ kernel, operator }) => [kernel, operator]));

/** Counts products that are equal to what they must be. */
export async function countProducts(
  harness: Harness,
  products: readonly Product[],
): Promise<readonly KernelCounts[]> {
  const { results, counts } = await harness.askAll(
    products.map(({ asked }) => asked),
    true,
  );
  for (const [i, { asked }] of products.entries()) {
    const expected = operators.get(asked.kernel)?.(asked.args) ?? { y: denseSums(asked) };
    assert.deepEqual(results[i], { ...expected }, asked.kernel);
  }
  return counts;
}

/** The kernels of a core class and the dense layer, on the core. */
export function benchHarness({ key, kernels }: BenchCore, folder: string): Promise<Harness> {
  const dense = `test/bench/${kernels === 'armv7em' ? 'armv7em/dense_s8.S' : 'dense_s8.c'}`;
  const more = ['test/bench/dense_runner.c', dense];
  if (key === 'cortex-m0plus') return rp2040Harness(folder, 'armv6m', more);
  return key === 'rp2040' ? rp2040Harness(folder, key, more) : chipHarness(cores[key], folder, more);
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** What a row of the table is about. */
const variants = (['t5', 't2'] as const).flatMap((packing) =>
  [false, true].map((isPair) => ({ packing, isPair })),
);

/** All figures of a core. */
export async function kernelFigures(core: BenchCore, folder: string): Promise<KernelFigures[]> {
  const rows = [
    ...variants.map(({ packing, isPair }) =>
      shapes.map((shape) =>
        ternaryProduct(packing, isPair, shape, planOf(core.kernels, packing, shape).chunk),
      ),
    ),
    shapes.map(denseProduct),
  ];
  const counts = await countProducts(await benchHarness(core, folder), rows.flat());
  const figures = rows.map((products, i) =>
    figuresOf(core, products, counts.slice(i * shapes.length, (i + 1) * shapes.length)),
  );
  const unit = rooflines[core.key].unit;
  const dense = figures.at(-1)!;
  return figures.map((one) => ({ ...one, toDense: one[unit]! / dense[unit]! }));
}

function figuresOf(
  core: BenchCore,
  products: readonly Product[],
  counts: readonly KernelCounts[],
): Omit<KernelFigures, 'toDense'> {
  const perWeight = (of: (counts: KernelCounts) => number): number =>
    mean(products.map(({ shape, isPair }, i) => of(counts[i]!) / (shape[0] * shape[1] * (isPair ? 2 : 1))));
  const { packing, isPair, asked } = products[0]!;
  const { cycles } = core;
  const values = {
    instructions: perWeight((one) => one.instructions),
    cycles: cycles ? perWeight(cycles.of) : null,
  };
  const bits = ({ shape: [rows, columns] }: Product): number =>
    packing ? (8 * matrixBytes(packing, rows, columns)) / (rows * columns) : 8;
  const bound = packing && mean(products.map(({ shape }) => boundOf(core.key, packing, isPair, shape[0])));
  return {
    ...{ core: core.key, kernel: asked.kernel },
    ...values,
    cyclesAre: cycles?.evidence ?? null,
    tableBytes: Math.max(...products.map(({ chunk }) => chunk * tableBytesPerGroup)),
    flashBits: mean(products.map(bits)),
    bound: bound ?? null,
    ofRoofline: bound === undefined ? null : bound / values[rooflines[core.key].unit]!,
  };
}
