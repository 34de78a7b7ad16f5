// What the compiler decides for a board: how each matrix is packed and cut, how large the look-up table is, and which weights
// the device copies to RAM. Pure.
import type { Board } from '../../boards/board.ts';
import { entryBytes, maxChunkGroups, rowsPerWord, tableBytesPerGroup } from '../contracts/image.ts';
import type { ImageShape, TensorKind, TensorSlot } from '../contracts/image.ts';
import { costsOf, productCost } from './costs.ts';
import type { Kernels } from './costs.ts';
import { chunkGroups, groupsOf, matrixBytes } from './layouts.ts';
import type { Packing } from './layouts.ts';
import { bytesBeneathPair, headTensor, plannedBytes, ramPlan } from './ram-plan.ts';

/** What of a board decides. */
export interface Target {
  readonly kernels: Kernels;
  /** RAM that look-up tables may take, and that the engine may have in all, in bytes. */
  readonly tableBytes: number;
  readonly ramBytes: number;
  /** Flash that an image may take, in bytes. */
  readonly imageBytes: number;
  readonly flashLine: Pick<Board['flashLine'], 'bytes' | 'cycles'>;
}

/** Any device that gives so much RAM to look-up tables: nothing else is known of it. */
export function anyTarget(tableBytes: number): Target {
  const free = { bytes: 4, cycles: { low: 0, high: 0 } };
  return { kernels: 'ref', tableBytes, ramBytes: Infinity, imageBytes: Infinity, flashLine: free };
}

export function targetOf(board: Board): Target {
  return {
    kernels: board.kernels,
    tableBytes: board.tableBytes,
    ramBytes: board.memory.ram.bytes - board.firmwareRamBytes,
    imageBytes: board.flashMap.image.bytes,
    flashLine: board.flashLine,
  };
}

/** How one matrix is laid out, and what its product is expected to cost. */
export interface MatrixPlan {
  readonly kind: TensorKind;
  readonly layer: number;
  /** Rows of trits. */
  readonly rows: number;
  readonly columns: number;
  readonly packing: Packing;
  readonly chunk: number;
  readonly cost: number;
}

export interface ImagePlan {
  /** One for each tensor of the directory; undefined for those that are no matrices. */
  readonly matrices: readonly (MatrixPlan | undefined)[];
  /** For each of them, whether it is copied to RAM. */
  readonly copied: readonly boolean[];
  /** Groups that the tables of a pair of tokens have room for: at least those of the longest chunk. */
  readonly tableGroups: number;
}

function isMatrix(slot: TensorSlot): boolean {
  return (slot.holds === 'trits' || slot.holds === 'digits') && slot.rows > 0;
}

/** The cheaper packing of a matrix; on equal costs the smaller one. */
function planMatrix(
  slot: TensorSlot,
  packings: readonly Packing[],
  tableBytes: number,
  target: Target,
): MatrixPlan {
  const { kernels, flashLine } = target;
  const rows = slot.rows * slot.digits;
  const columns = slot.cols;
  const plans = packings.map((packing): MatrixPlan => {
    const chunk = chunkGroups(packing, columns, tableBytes);
    const lines = matrixBytes(packing, rows, columns) / flashLine.bytes;
    const cost = productCost(kernels, { rows, columns, packing, chunk }) + lines * flashLine.cycles.low;
    return { kind: slot.kind, layer: slot.layer, rows, columns, packing, chunk, cost };
  });
  return plans.reduce((best, plan) => (plan.cost < best.cost ? plan : best));
}

/** Bytes of a tensor as it will lie in the image, padded. */
function tensorBytes(slot: TensorSlot, plan: MatrixPlan | undefined): number {
  const padded = (bytes: number): number => Math.ceil(bytes / 4) * 4;
  if (plan) {
    const scales = slot.holds === 'digits' ? padded(2 * slot.rows) : 0;
    return scales + matrixBytes(plan.packing, plan.rows, plan.columns);
  }
  return slot.holds === 'rows' ? 0 : padded(2 * slot.rows);
}

/**
 * The tensors that are copied: vectors first, which each token of a prompt reads for itself, then the largest matrices, and
 * whatever then fits.
 */
function chooseCopies(
  slots: readonly TensorSlot[],
  sizes: readonly number[],
  spare: number,
): readonly boolean[] {
  let left = spare;
  const copied = slots.map(() => false);
  const isVector = (i: number): number => Number(!isMatrix(slots[i]!));
  const order = [...slots.keys()].sort((a, b) => isVector(b) - isVector(a) || sizes[b]! - sizes[a]!);
  for (const i of order) {
    copied[i] = sizes[i]! > 0 && sizes[i]! <= left;
    if (copied[i]) left -= sizes[i]!;
  }
  return copied;
}

/** Groups of the longest chunk. */
const longestChunk = (matrices: readonly (MatrixPlan | undefined)[]): number =>
  Math.max(1, ...matrices.map((plan) => plan?.chunk ?? 0));

/** What looking up costs a pair whose tables have room for so many groups: a chunk of more is cut into parts. */
function pairCost(
  matrices: readonly (MatrixPlan | undefined)[],
  groups: number,
  { kernels }: Target,
): number {
  const { lookup } = costsOf(kernels);
  let cost = 0;
  for (const plan of matrices) {
    if (plan === undefined || plan.kind === 'head') continue;
    const blocks = Math.ceil(plan.rows / rowsPerWord);
    for (let left = groupsOf(plan.packing, plan.columns); left > 0; left -= plan.chunk)
      for (let chunk = Math.min(plan.chunk, left); chunk > 0; chunk -= groups / 2)
        cost += lookup(blocks, Math.min(chunk, groups / 2), true);
  }
  return cost;
}

/**
 * Room for the tables of both tokens of a pair. They have `free` bytes: those of the logits, of a single table and what RAM is left.
 * Beyond that they lie over the first copies, and a tensor whose copy begins there is read from flash.
 */
function pairGroups(
  matrices: readonly (MatrixPlan | undefined)[],
  free: number,
  copies: readonly number[],
  target: Target,
): number {
  const { flashLine, tableBytes } = target;
  const single = longestChunk(matrices);
  const most = Math.min(2 * single, maxChunkGroups, Math.floor(tableBytes / tableBytesPerGroup));
  const costOf = (groups: number): number => {
    const lent = Math.max(0, groups * tableBytesPerGroup - free);
    let read = 0;
    for (const bytes of copies) if (read < lent) read += bytes;
    const lines = (read / flashLine.bytes) * flashLine.cycles.high;
    return read < lent ? Infinity : pairCost(matrices, groups, target) + lines;
  };
  let best = single;
  let least = Infinity;
  for (let groups = Math.ceil(single / 2) * 2; groups <= most; groups += 2) {
    const cost = costOf(groups);
    if (cost < least) [best, least] = [groups, cost];
  }
  return best;
}

interface Candidate {
  readonly plan: ImagePlan;
  readonly cost: number;
  readonly imageBytes: number;
}

/** The plan with tables of up to `groups` groups; undefined where the engine then needs more RAM than there is. */
function planWith(
  slots: readonly TensorSlot[],
  shape: ImageShape,
  packings: readonly Packing[],
  groups: number,
  target: Target,
): Candidate {
  const { flashLine, ramBytes } = target;
  const matrices = slots.map((slot) =>
    isMatrix(slot) ? planMatrix(slot, packings, groups * tableBytesPerGroup, target) : undefined,
  );
  const singleGroups = longestChunk(matrices);
  const sizes = slots.map((slot, i) => tensorBytes(slot, matrices[i]));
  const imageBytes = sizes.reduce((sum, bytes) => sum + bytes, 0);
  const head = matrices.find((plan) => plan?.kind === headTensor(shape));
  const isHeadOneChunk = head !== undefined && head.chunk >= groupsOf(head.packing, head.columns);
  const layout = { tableGroups: singleGroups, singleGroups, isHeadOneChunk, copiedBytes: 0 };
  const ram = ramPlan(shape, layout);
  const spare = ramBytes - plannedBytes(ram);
  const isWorthCopying = flashLine.cycles.low > 0;
  // Of an embedding with rows one row is read a token, so it stays.
  const candidates = sizes.map((bytes, i) => (isWorthCopying && slots[i]!.holds !== 'rows' ? bytes : 0));
  const copied = chooseCopies(slots, candidates, spare);
  const copiedBytes = sizes.reduce((sum, bytes, i) => sum + (copied[i] ? bytes : 0), 0);
  const products = matrices.reduce((sum, plan) => sum + (plan?.cost ?? 0), 0);
  const saved = (copiedBytes / flashLine.bytes) * flashLine.cycles.low;
  // What does not fit costs more than anything, and the least that does not fit the least.
  const missing = Math.max(0, -spare);
  // The directory is copied as well where there is room.
  const directory = entryBytes * slots.length;
  const left = Math.max(0, spare - copiedBytes);
  const free = bytesBeneathPair(ram) + left - (directory <= left ? directory : 0);
  const copies = sizes.map((bytes, i) => (copied[i] ? bytes : 0));
  const plan = { matrices, copied, tableGroups: pairGroups(matrices, free, copies, target) };
  return { plan, cost: products - saved + missing * 1e9, imageBytes };
}

/**
 * Decides for a board. `weights` fixes the packing; `auto` takes for each matrix what costs less, as long as the image fits.
 * `otherBytes` of the image are no tensors.
 */
export function planImage(
  slots: readonly TensorSlot[],
  shape: ImageShape,
  weights: Packing | 'auto',
  target: Target,
  otherBytes = 0,
): ImagePlan {
  const most = Math.max(...slots.filter(isMatrix).map((slot) => groupsOf('t2', slot.cols)), 1);
  const limit = Math.max(1, Math.min(most, Math.floor(target.tableBytes / tableBytesPerGroup)));
  const best = (packings: readonly Packing[]): Candidate =>
    Array.from({ length: limit }, (_, i) => planWith(slots, shape, packings, i + 1, target)).reduce(
      (cheapest, candidate) => (candidate.cost < cheapest.cost ? candidate : cheapest),
    );
  if (weights !== 'auto') return best([weights]).plan;
  const free = best(['t5', 't2']);
  return free.imageBytes + otherBytes <= target.imageBytes ? free.plan : best(['t5']).plan;
}
