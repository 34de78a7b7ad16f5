// The cycle model is a range around what the manual's table says, and grows with everything that it counts.
import { assert } from 'chai';
import fc from 'fast-check';
import boardData from '../../boards/stm32f405/board.ts';
import { cortexM4, loadsAndStores } from '../../host-tools/measure/cortex-m4.ts';
import type { ArmCounts } from '../../host-tools/measure/cortex-m4.ts';
import { cyclesFigure } from '../../host-tools/measure/cycle-model.ts';
import { countsOf } from '../support/record.ts';

fc.configureGlobal({ seed: 1 });

const { cyclesOf } = cortexM4;

const nothing: ArmCounts = {
  instructions: 0,
  classes: { load: 0, store: 0, ldm_stm: 0, mul: 0, div: 0, branch: 0, dsp: 0, fp: 0, other: 0 },
  taken: 0,
  pipelined: 0,
  ldmRegisters: 0,
  flashReads: 0,
  flashLines: 0,
  codeLines: 0,
  ramReads: 0,
  ramWrites: 0,
  pipeline: {
    addressWaits: 0,
    writeBackWaits: 0,
    registerStores: 0,
    behindStores: 0,
    acrossWords: 0,
    literals: 0,
    folds: 0,
  },
};

/** Counts of instructions by class, with the sum that belongs to them. */
function counts(classes: Partial<ArmCounts['classes']>, rest: Partial<ArmCounts> = {}): ArmCounts {
  const all = { ...nothing.classes, ...classes };
  return { ...nothing, instructions: Object.values(all).reduce((a, b) => a + b), classes: all, ...rest };
}

/** Counts of loads and stores, and what the pipeline tells of them. */
function accesses(
  classes: Partial<ArmCounts['classes']>,
  pipeline: Partial<ArmCounts['pipeline']>,
  pipelined = 0,
): ArmCounts {
  return counts(classes, { pipelined, pipeline: { ...nothing.pipeline, ...pipeline } });
}

describe('cyclesOf', () => {
  it('takes one cycle for arithmetic and products', () => {
    assert.deepEqual(cyclesOf(counts({ other: 100, mul: 20, dsp: 3 })), { low: 123, high: 123 });
  });

  it('takes two cycles for a load and one for a pipelined one', () => {
    assert.deepEqual(cyclesOf(counts({ load: 4 })), { low: 8, high: 8 });
    assert.deepEqual(cyclesOf(counts({ load: 4 }, { pipelined: 3 })), { low: 5, high: 5 });
  });

  it('takes one cycle for a store, and two where its offset is a register and it is not pipelined', () => {
    assert.deepEqual(cyclesOf(accesses({ store: 5 }, { registerStores: 2 })), { low: 7, high: 7 });
  });

  it('takes one more for an address that is just computed', () => {
    const some = accesses({ load: 2, store: 2, ldm_stm: 1 }, { addressWaits: 3 });
    assert.deepEqual(cyclesOf(some), { low: 10, high: 10 });
  });

  it('leaves open what the manual does', () => {
    const open: [Partial<ArmCounts['pipeline']>, number, number][] = [
      [{ behindStores: 1 }, 2, 3],
      [{ writeBackWaits: 1 }, 3, 4],
      [{ literals: 1 }, 3, 4],
    ];
    for (const [pipeline, low, high] of open)
      assert.deepEqual(cyclesOf(accesses({ load: 1, store: 1 }, pipeline)), { low, high });
    assert.deepEqual(cyclesOf(accesses({ load: 4 }, { acrossWords: 3 }, 3)), { low: 5, high: 8 });
    assert.deepEqual(cyclesOf(accesses({ other: 2 }, { folds: 1 })), { low: 1, high: 2 });
  });

  it('takes 1 + N cycles for N registers', () => {
    assert.deepEqual(cyclesOf(counts({ ldm_stm: 2 }, { ldmRegisters: 9 })), { low: 11, high: 11 });
  });

  it('takes 1 + P cycles for a branch that is taken, and one for another', () => {
    assert.deepEqual(cyclesOf(counts({ branch: 10 }, { taken: 6 })), { low: 16, high: 28 });
  });

  it('takes 2 to 12 cycles for a division', () => {
    assert.deepEqual(cyclesOf(counts({ div: 1 })), { low: 2, high: 12 });
  });

  it('waits for each flash line', () => {
    assert.deepEqual(cyclesOf(counts({}, { flashLines: 10, codeLines: 2 })), { low: 50, high: 110 });
  });

  it('never takes less than a cycle an instruction that is not folded, and never less for more', () => {
    const some = fc.record({ load: fc.nat(1e6), store: fc.nat(1e6), div: fc.nat(100), branch: fc.nat(1e5) });
    fc.assert(
      fc.property(some, fc.nat(1e5), (classes, taken) => {
        const fewer = counts(classes, { taken });
        const more = counts({ ...classes, load: classes.load + 1 }, { taken: taken + 1 });
        const [a, b] = [cyclesOf(fewer), cyclesOf(more)];
        assert.isAtLeast(a.low, fewer.instructions);
        assert.isAtLeast(a.high, a.low);
        assert.isAbove(b.low, a.low);
        assert.isAbove(b.high, a.high);
      }),
    );
  });
});

describe('cortexM4', () => {
  it('names a source for every parameter', () => {
    for (const { source, per } of cortexM4.parameters) {
      assert.match(source, /Arm 100166|RM0090/);
      assert.isNotEmpty(per);
    }
  });

  it('has the lines of loads and stores, which the bench takes alone', () => {
    assert.includeMembers([...cortexM4.parameters], [...loadsAndStores]);
  });

  it('does not compute with counts that lack what an Arm core counts', () => {
    const { pipeline: _, ...older } = nothing;
    assert.isFalse(cortexM4.fits(older));
    assert.throws(() => cyclesOf(older), /counts of another kind/);
  });

  it('waits for a flash line as long as the board says', () => {
    const { cycles, source } = boardData.flashLine;
    const line = cortexM4.parameters.find(({ per }) => per === 'flash line fetched for data')!;
    assert.deepEqual([line.adds, line.source], [cycles, source]);
  });

  it('gives estimates', () => {
    const { evidence, source, unit } = cyclesFigure(cortexM4, countsOf(0));
    assert.deepEqual([evidence, unit], ['estimated', 'cycles/token']);
    assert.include(source, 'cortex-m4');
  });
});
