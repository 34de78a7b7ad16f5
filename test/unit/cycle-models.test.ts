// Each board that is counted has a model of its core; what a model cannot know widens its range or weakens its tag.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { assert } from 'chai';
import { boardNames, loadBoard } from '../../boards/board.ts';
import type { InstructionCounts } from '../../host-tools/emulators/counts.ts';
import { cortexM0plus } from '../../host-tools/measure/cortex-m0plus.ts';
import { cortexM4 } from '../../host-tools/measure/cortex-m4.ts';
import { countedTiming, cycleModelNames, cycleModelOf } from '../../host-tools/measure/cycle-models.ts';
import { hazard3 } from '../../host-tools/measure/hazard3.ts';
import { countsOf } from '../support/record.ts';
import { root } from '../support/sources.ts';

const flashLine = { cycles: { low: 56, high: 58 }, source: 'a datasheet' };
const cycles = { instructions: 800, cycles: 1000 };

describe('countedTiming', () => {
  it('knows a model for every board but the host', async () => {
    for (const name of boardNames()) {
      const timing = countedTiming(await loadBoard(name));
      assert.equal(timing === undefined, name === 'host', name);
      if (timing) assert.equal(cycleModelOf(timing).name, timing.model);
    }
  });

  it('takes what surrounds an M0+ from its board', () => {
    const timing = countedTiming({ chip: 'rp2040', flashLine: { bytes: 8, ...flashLine } });
    assert.deepEqual(timing, {
      kind: 'counted',
      model: 'cortex-m0plus',
      surroundings: { cores: 2, flashLine },
    });
    assert.deepEqual(countedTiming({ chip: 'stm32f405', flashLine: { bytes: 16, ...flashLine } }), {
      kind: 'counted',
      model: 'cortex-m4',
    });
  });

  it('has a model for each name', () => {
    for (const model of cycleModelNames) {
      const one = cycleModelOf({ kind: 'counted', model, surroundings: { cores: 1, flashLine } });
      assert.equal(one.name, model);
      for (const { per, source, adds } of one.parameters) {
        assert.isAtMost(adds.low, adds.high, per);
        assert.isNotEmpty(source);
      }
    }
  });
});

describe('docs/measuring.md', () => {
  it('has the tables of the models', async () => {
    const page = readFileSync(join(root, 'docs', 'measuring.md'), 'utf8').replace(/ +/g, ' ');
    for (const name of ['stm32f405', 'pico', 'virt']) {
      for (const { adds, per } of cycleModelOf(countedTiming(await loadBoard(name))!).parameters) {
        const [low, high] = [adds.low, adds.high === 1 / 8 ? '1/8' : adds.high];
        const cycles = low === high ? `${low}` : `${low} to ${high}`;
        const row = page
          .split('\n')
          .find((line) => line.startsWith(`| ${per} `) && line.includes(`| ${cycles} |`));
        assert.isDefined(row, `${per}: ${cycles}`);
      }
    }
  });
});

describe('cortexM0plus', () => {
  it('takes the counted cycles as they are where nothing else can wait', () => {
    const one = cortexM0plus({ cores: 1, flashLine });
    const counts = { ...cycles, flashLines: 0 };
    assert.deepEqual(one.cyclesOf(counts), { low: 1000, high: 1000 });
    assert.equal(one.evidence(counts), 'simulated');
  });

  it('estimates where lines of flash were fetched, or nobody knows', () => {
    const one = cortexM0plus({ cores: 1, flashLine });
    assert.deepEqual(one.cyclesOf({ ...cycles, flashLines: 2 }), { low: 1112, high: 1116 });
    assert.equal(one.evidence({ ...cycles, flashLines: 2 }), 'estimated');
    assert.equal(one.evidence(cycles), 'estimated');
  });

  it('estimates where a second core works on the same memory', () => {
    const two = cortexM0plus({ cores: 2, flashLine });
    assert.deepEqual(two.cyclesOf({ ...cycles, flashLines: 0 }), { low: 1000, high: 1125 });
    assert.equal(two.evidence({ ...cycles, flashLines: 0 }), 'estimated');
    // Half of the lines may be fetched meanwhile.
    assert.deepEqual(two.cyclesOf({ ...cycles, flashLines: 2 }), { low: 1056, high: 1241 });
  });

  it('refuses counts of another kind', () => {
    assert.throws(() => cortexM0plus({ cores: 1, flashLine }).cyclesOf(countsOf(0)), /another kind/);
    assert.throws(() => cortexM4.cyclesOf(cycles), /another kind/);
  });
});

describe('hazard3', () => {
  const nothing = { load: 0, store: 0, ldm_stm: 0, mul: 0, div: 0, branch: 0, dsp: 0, fp: 0, other: 0 };
  const counts = (
    classes: Partial<InstructionCounts['classes']>,
    more: Partial<InstructionCounts> = {},
  ): InstructionCounts => {
    const all = { ...nothing, ...classes };
    const instructions = Object.values(all).reduce((a, b) => a + b);
    return { ...countsOf(0), loadUse: 0, taken: 0, instructions, classes: all, ...more };
  };

  it('takes one cycle for loads, stores, sums and products', () => {
    assert.deepEqual(hazard3.cyclesOf(counts({ load: 4, store: 3, mul: 2, other: 9 })), {
      low: 18,
      high: 18,
    });
  });

  it('waits one cycle for a load that is used at once', () => {
    assert.deepEqual(hazard3.cyclesOf(counts({ load: 4 }, { loadUse: 3 })), { low: 7, high: 7 });
  });

  it('takes 1 to 3 cycles for a branch that is taken, 1 or 2 for another', () => {
    assert.deepEqual(hazard3.cyclesOf(counts({ branch: 10 }, { taken: 10 })), { low: 10, high: 30 });
    assert.deepEqual(hazard3.cyclesOf(counts({ branch: 10 }, { taken: 7 })), { low: 10, high: 27 });
    // What was never taken is not predicted taken.
    assert.deepEqual(hazard3.cyclesOf(counts({ branch: 10 }, { taken: 2 })), { low: 10, high: 16 });
  });

  it('takes 18 or 19 cycles for a quotient', () => {
    assert.deepEqual(hazard3.cyclesOf(counts({ div: 1 })), { low: 18, high: 19 });
  });

  it('estimates', () => assert.equal(hazard3.evidence(counts({})), 'estimated'));
});
