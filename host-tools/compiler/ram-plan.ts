// The working memory that an image needs on a device. Twin: firmware/engine/plan.c;
// test/device/loader.test.ts holds the two equal.
import { rowsPerWord, tableEntries } from '../contracts/image.ts';
import type { ImageShape } from '../contracts/image.ts';

/** One buffer of the engine's arena. */
export interface PlannedBuffer {
  readonly name: string;
  readonly bytes: number;
}

const roundUp = (value: number, to: number): number => Math.ceil(value / to) * to;

/** The buffers in the order of the arena; each takes whole words. */
export function ramPlan(shape: ImageShape, tableGroups: number): PlannedBuffer[] {
  const { layers, hidden, inner, intermediate, vocab } = shape;
  // A row of digits has a sum each.
  const ofWeights = Math.max(1, shape.weightDigits);
  const ofHead = shape.embeddingDigits || ofWeights;
  const widest = Math.max(hidden, inner, intermediate);
  const sums = Math.max(widest, 3 * inner, 2 * intermediate); // Three matrices may be one.
  const sizes: readonly (readonly [string, number])[] = [
    ['state', 4 * layers * inner],
    ['residual stream', 4 * hidden],
    ['normed vector', 4 * widest],
    ['sums of a matrix', 4 * roundUp(ofWeights * sums, rowsPerWord)],
    ['logits', 4 * roundUp(ofHead * vocab, rowsPerWord)],
    ['look-up table', 2 * tableGroups * tableEntries],
    ['forget gate', 2 * inner],
    ['activations', widest + 8],
  ];
  return sizes.map(([name, bytes]) => ({ name, bytes: roundUp(bytes, 4) }));
}

/** Bytes of all buffers. */
export function plannedBytes(plan: readonly PlannedBuffer[]): number {
  return plan.reduce((sum, { bytes }) => sum + bytes, 0);
}
