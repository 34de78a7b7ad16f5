// What a pair of prompt tokens took is halved so that nothing is lost.
import { assert } from 'chai';
import fc from 'fast-check';
import { addCounts, countsSchema, halves } from '../../host-tools/measure/counts.ts';
import type { RecordedCounts } from '../../host-tools/measure/counts.ts';
import { cutWindow, halfPair, stepsOf } from '../../host-tools/measure/pairs.ts';
import { countsOf } from '../support/record.ts';

fc.configureGlobal({ seed: 1 });

const tokens = (...shared: (1 | 2 | undefined)[]) => shared.map((n, i) => ({ i, shared: n }));

describe('stepsOf', () => {
  it('puts two neighbours together that say that they share a step', () => {
    const steps = stepsOf(tokens(2, 2, 2, 2, 1, undefined));
    assert.deepEqual(
      steps.map((step) => step.map(({ i }) => i)),
      [[0, 1], [2, 3], [4], [5]],
    );
  });

  it('leaves a token alone whose neighbour did not come', () => {
    for (const [some, at] of [
      [tokens(1, 2), 1],
      [tokens(2, 1, 2, 2), 0],
      [tokens(2, 2, 2), 2],
      [tokens(1, 2, 2, undefined), -1],
    ] as const) {
      assert.equal(halfPair(some), at);
    }
  });
});

describe('halves', () => {
  const isWhole = (counts: RecordedCounts): boolean =>
    !('classes' in counts) ||
    counts.instructions === Object.values(counts.classes).reduce((sum, value) => sum + value, 0);

  it('add up to the whole, and each to its own sum', () => {
    const classes = fc.array(fc.nat(1000), { minLength: 9, maxLength: 9 });
    fc.assert(
      fc.property(classes, fc.nat(99), fc.nat(99), (values, taken, isr) => {
        const names = Object.keys(countsOf(0).classes);
        const all = Object.fromEntries(names.map((name, i) => [name, values[i]!]));
        const instructions = values.reduce((a, b) => a + b);
        const whole = { ...countsOf(0), instructions, classes: all as never, taken, isr };
        const [first, second] = halves(whole);
        for (const half of [first, second]) {
          assert.isTrue(countsSchema.safeParse(half).success);
          assert.isTrue(isWhole(half), JSON.stringify(half));
        }
        assert.deepEqual(addCounts(first, second), whole);
        assert.equal(first.instructions, Math.floor(instructions / 2));
        assert.equal(second.isr, Math.ceil(isr / 2));
      }),
    );
  });

  it('are those of cycles, too', () => {
    assert.deepEqual(halves({ instructions: 9, cycles: 12, isr: 1 }), [
      { instructions: 4, cycles: 6, isr: 0 },
      { instructions: 5, cycles: 6, isr: 1 },
    ]);
  });
});

describe('cutWindow', () => {
  it('gives equal parts without a gap', () => {
    assert.deepEqual(cutWindow({ startUs: 10, endUs: 25 }, 2), [
      { startUs: 10, endUs: 17.5 },
      { startUs: 17.5, endUs: 25 },
    ]);
    assert.deepEqual(cutWindow({ startUs: 10, endUs: 25 }, 1), [{ startUs: 10, endUs: 25 }]);
  });
});
