// The working memory that an image needs on a device. Twin: firmware/engine/plan.c;
// test/device/loader.test.ts holds the two equal.
import { rowsPerWord, tableBytesPerGroup } from '../contracts/image.ts';
import type { ImageShape, TensorKind } from '../contracts/image.ts';
import { groupsOf, packingOf } from './layouts.ts';
import type { Image } from './read-image.ts';

/** One buffer of the engine's arena. */
export interface PlannedBuffer {
  readonly name: string;
  readonly bytes: number;
}

const roundUp = (value: number, to: number): number => Math.ceil(value / to) * to;

/** Tokens of a prompt that are read at once. */
const tokensAtOnce = 2;

/** What the layout of an image decides about RAM. */
export interface PlannedLayout {
  /** Groups that the tables of a pair of tokens have room for. */
  readonly tableGroups: number;
  /** Groups of the longest chunk. */
  readonly singleGroups: number;
  /** Whether the head is one chunk: its sums of digits then need no room, as its rows are added up block by block. */
  readonly isHeadOneChunk: boolean;
  /** Bytes of the image that are copied to RAM. */
  readonly copiedBytes: number;
}

/** The tensor that the head's rows lie in. */
export function headTensor({ embeddingDigits }: ImageShape): TensorKind {
  return embeddingDigits > 0 ? 'embedding' : 'head';
}

/** The layout of an image. */
export function layoutOf(image: Image): PlannedLayout {
  const { slot, layout, chunkGroups } = image.entries.find(
    ({ slot }) => slot.kind === headTensor(image.shape),
  )!;
  const isHeadOneChunk = chunkGroups >= groupsOf(packingOf(layout), slot.cols);
  const singleGroups = Math.max(...image.entries.map((entry) => entry.chunkGroups));
  return { tableGroups: image.tableGroups, singleGroups, isHeadOneChunk, copiedBytes: image.copied.bytes };
}

/** Bytes of tables; two groups may share one, as those of a pair of tokens do. */
const tableBytes = (groups: number): number => roundUp(groups, 2) * tableBytesPerGroup;

/** The buffers in the order of the arena; each takes whole words. The tables of a pair lie over logits, table and copies. */
export function ramPlan(shape: ImageShape, layout: PlannedLayout): PlannedBuffer[] {
  const { layers, hidden, inner, intermediate, vocab } = shape;
  // A row of digits has a sum each.
  const ofWeights = Math.max(1, shape.weightDigits);
  const ofHead = layout.isHeadOneChunk ? 1 : shape.embeddingDigits || ofWeights;
  const widest = Math.max(hidden, inner, intermediate);
  // Three matrices may be one; where they are not, each is rounded up.
  const sums =
    roundUp(ofWeights * Math.max(widest, 3 * inner, 2 * intermediate), rowsPerWord) + 2 * rowsPerWord;
  const logits = 4 * roundUp(ofHead * vocab, rowsPerWord);
  const single = tableBytes(layout.singleGroups);
  const beneathPair = logits + single + roundUp(layout.copiedBytes, 4);
  const sizes: readonly (readonly [string, number])[] = [
    ['state', 4 * layers * inner],
    ['residual stream', 4 * tokensAtOnce * hidden],
    ['normed vector', 4 * widest],
    ['sums of a matrix', 4 * tokensAtOnce * sums],
    ['activations', tokensAtOnce * (widest + 8)],
    ['logits', logits],
    ['look-up table', single],
    ['copied weights', layout.copiedBytes],
    ['further pair tables', Math.max(0, tableBytes(layout.tableGroups) - beneathPair)],
  ];
  return sizes.map(([name, bytes]) => ({ name, bytes: roundUp(bytes, 4) }));
}

/** Bytes of all buffers. */
export function plannedBytes(plan: readonly PlannedBuffer[]): number {
  return plan.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** Bytes of the buffers that no copies are in and a pair of tokens does not need while it has tables. */
export function bytesBeneathPair(plan: readonly PlannedBuffer[]): number {
  return plannedBytes(plan.filter(({ name }) => name === 'logits' || name === 'look-up table'));
}
