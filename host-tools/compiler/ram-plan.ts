// The working memory that an image needs on a device. Twin: firmware/engine/plan.c;
// test/device/loader.test.ts holds the two equal.
import { rowsPerWord, tableBytesPerGroup } from '../contracts/image.ts';
import type { ImageShape } from '../contracts/image.ts';

/** One buffer of the engine's arena. */
export interface PlannedBuffer {
  readonly name: string;
  readonly bytes: number;
}

const roundUp = (value: number, to: number): number => Math.ceil(value / to) * to;

/** Tokens of a prompt that are read at once. */
const tokensAtOnce = 2;

/** The buffers in the order of the arena; each takes whole words. `copiedBytes` of the image are copied to RAM. */
export function ramPlan(shape: ImageShape, tableGroups: number, copiedBytes = 0): PlannedBuffer[] {
  const { layers, hidden, inner, intermediate, vocab } = shape;
  // A row of digits has a sum each.
  const ofWeights = Math.max(1, shape.weightDigits);
  const ofHead = shape.embeddingDigits || ofWeights;
  const widest = Math.max(hidden, inner, intermediate);
  // Three matrices may be one; where they are not, each is rounded up.
  const sums =
    roundUp(ofWeights * Math.max(widest, 3 * inner, 2 * intermediate), rowsPerWord) + 2 * rowsPerWord;
  const sizes: readonly (readonly [string, number])[] = [
    ['state', 4 * layers * inner],
    ['residual stream', 4 * tokensAtOnce * hidden],
    ['normed vector', 4 * widest],
    ['sums of a matrix', 4 * tokensAtOnce * sums],
    ['logits', 4 * roundUp(ofHead * vocab, rowsPerWord)],
    // Two groups may share a table, as those of a pair of tokens do.
    ['look-up table', roundUp(tableGroups, 2) * tableBytesPerGroup],
    ['activations', tokensAtOnce * (widest + 8)],
    ['copied weights', copiedBytes],
  ];
  return sizes.map(([name, bytes]) => ({ name, bytes: roundUp(bytes, 4) }));
}

/** Bytes of all buffers. */
export function plannedBytes(plan: readonly PlannedBuffer[]): number {
  return plan.reduce((sum, { bytes }) => sum + bytes, 0);
}
