// What was decided for an image, read back from it: one line for each kind of matrix and way to lay it out.
import type { ImageEntry, Image } from './read-image.ts';
import { costsOf, productCost } from './costs.ts';
import type { KernelCosts, Kernels } from './costs.ts';
import { packingOf } from './layouts.ts';
import type { Packing } from './layouts.ts';

export interface PlanLine {
  /** Kind of the matrices, as contracts/image.ts names it. */
  readonly matrix: string;
  readonly matrices: number;
  /** Of each: rows of trits, columns. */
  readonly rows: number;
  readonly columns: number;
  readonly packing: Packing;
  readonly chunkGroups: number;
  /** What their products are expected to cost a token, tables included, without what reading flash adds. */
  readonly expected: number;
  readonly unit: KernelCosts['unit'];
}

function lineOf({ slot, layout, chunkGroups }: ImageEntry, kernels: Kernels): PlanLine {
  const packing = packingOf(layout);
  const rows = slot.rows * slot.digits;
  const product = { rows, columns: slot.cols, packing, chunk: chunkGroups };
  return {
    ...{
      matrix: slot.kind === 'embedding' ? 'embedding (head)' : slot.kind,
      matrices: 1,
      rows,
      columns: slot.cols,
    },
    ...{ packing, chunkGroups, expected: productCost(kernels, product), unit: costsOf(kernels).unit },
  };
}

/** In the order of the image. */
export function planLines(image: Image, kernels: Kernels): PlanLine[] {
  const lines = new Map<string, PlanLine>();
  for (const entry of image.entries) {
    const isMatrix = entry.bytes > 0 && (entry.slot.holds === 'trits' || entry.slot.holds === 'digits');
    if (!isMatrix) continue;
    const line = lineOf(entry, kernels);
    const key = [line.matrix, line.rows, line.packing, line.chunkGroups].join(' ');
    const others = lines.get(key);
    lines.set(key, {
      ...line,
      matrices: line.matrices + (others?.matrices ?? 0),
      expected: line.expected + (others?.expected ?? 0),
    });
  }
  return [...lines.values()];
}
