// What the compiler decides for a board: which tensors are copied to RAM, and what room logits take.
import { assert } from 'chai';
import { tableBytesPerGroup, tensorOrder } from '../../host-tools/contracts/image.ts';
import { matrixBytes } from '../../host-tools/compiler/layouts.ts';
import { planImage } from '../../host-tools/compiler/plan-image.ts';
import type { ImagePlan, Target } from '../../host-tools/compiler/plan-image.ts';
import { plannedBytes, ramPlan } from '../../host-tools/compiler/ram-plan.ts';

const shape = {
  ...{ layers: 3, vocab: 300, hidden: 64, inner: 64, intermediate: 96 },
  ...{ embeddingDigits: 2, weightDigits: 1 },
};
const slots = tensorOrder(shape);
const target: Target = {
  kernels: 'armv7em',
  tableBytes: 16 * tableBytesPerGroup,
  ramBytes: 0,
  imageBytes: Infinity,
  flashLine: { bytes: 16, cycles: { low: 5, high: 10 } },
};

const planFor = (ramBytes: number): ImagePlan => planImage(slots, shape, 't5', { ...target, ramBytes });

/** What is copied, in bytes. */
function copiedBytes({ matrices, copied }: ImagePlan): number {
  return slots.reduce((sum, slot, i) => {
    const matrix = matrices[i];
    if (!copied[i]) return sum;
    const scales = slot.holds === 'digits' ? 2 * slot.rows : 0;
    return sum + (matrix ? scales + matrixBytes('t5', matrix.rows, matrix.columns) : 2 * slot.rows);
  }, 0);
}

const longestChunk = (matrices: ImagePlan['matrices']): number =>
  Math.max(...matrices.map((matrix) => matrix?.chunk ?? 0));

/** RAM that the engine needs beside copies, without more room for tables than a chunk asks for. */
function neededBytes({ matrices }: ImagePlan): number {
  const tableGroups = longestChunk(matrices);
  const isHeadOneChunk = matrices[0]!.chunk >= Math.ceil(shape.hidden / 5);
  return plannedBytes(
    ramPlan(shape, { tableGroups, singleGroups: tableGroups, isHeadOneChunk, copiedBytes: 0 }),
  );
}

describe('planImage', () => {
  const all = planFor(1 << 20);

  it('copies everything where there is room', () => {
    const rows = slots.map(({ rows }) => rows > 0);
    assert.deepEqual([...all.copied], rows);
  });

  it('gives both tokens of a pair their tables where there is room, as far as the board lets it', () => {
    const tables = (groups: number, ramBytes: number): number[] => {
      const tableBytes = groups * tableBytesPerGroup;
      const plan = planImage(slots, shape, 't5', { ...target, tableBytes, ramBytes });
      return [plan.tableGroups, longestChunk(plan.matrices)];
    };
    assert.deepEqual(tables(64, 1 << 20), [40, 20]);
    assert.deepEqual(tables(30, 1 << 20), [28, 20]); // in two parts as with 30
    assert.deepEqual(tables(20, 1 << 20), [20, 20]);
    const [room, chunk] = tables(64, 1024 * 36);
    assert.isAtLeast(room!, chunk!); // it may lie over logits and copies
  });

  it('copies nothing where flash is as fast as RAM', () => {
    const flashLine = { bytes: 4, cycles: { low: 0, high: 0 } };
    const { copied } = planImage(slots, shape, 't5', { ...target, flashLine, ramBytes: 1 << 20 });
    assert.notInclude(copied, true);
  });

  for (const kilobytes of [20, 24, 28, 36, 48])
    it(`fills ${kilobytes} KB, vectors before matrices`, () => {
      const plan = planFor(1024 * kilobytes);
      const spare = 1024 * kilobytes - neededBytes(plan);
      const left = spare - copiedBytes(plan);
      assert.isAtLeast(left, 0);
      slots.forEach((slot, i) => {
        const matrix = plan.matrices[i];
        if (plan.copied[i] || slot.rows === 0) return;
        assert.isDefined(matrix, `${slot.kind} of layer ${slot.layer} stays in flash`);
        assert.isAbove(matrixBytes('t5', matrix.rows, matrix.columns) + 2 * slot.rows, left, slot.kind);
      });
    });

  it('gives logits of digits room for their sums only where the head is cut into chunks', () => {
    const logitsOf = (isHeadOneChunk: boolean): number =>
      ramPlan(shape, { tableGroups: 8, singleGroups: 8, isHeadOneChunk, copiedBytes: 0 }).find(
        ({ name }) => name === 'logits',
      )!.bytes;
    assert.equal(logitsOf(true), 4 * 300);
    assert.equal(logitsOf(false), 8 * 300);
  });
});
