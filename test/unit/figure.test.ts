// Figures keep value, range, evidence and source true through arithmetic, and print so.
import { assert } from 'chai';
import fc from 'fast-check';
import {
  evidences,
  figure,
  formatFigure,
  multiply,
  rangeOf,
  reciprocal,
  scale,
  subtract,
  sum,
  weakest,
} from '../../host-tools/measure/figure.ts';
import type { Evidence, Figure, Range, Unit } from '../../host-tools/measure/figure.ts';

fc.configureGlobal({ seed: 1 });

const evidence = fc.constantFrom(...evidences);
const number = fc.double({ min: -1e6, max: 1e6, noNaN: true });
const range = fc
  .tuple(number, number)
  .map(([a, b]): Range => ({ low: Math.min(a, b), high: Math.max(a, b) }));
const anyFigure = fc.tuple(range, evidence).map(([value, from]) => figure(value, 'J', from, 'a source'));

/** Some number inside a figure's range. */
function inside(value: Figure, fraction: number): number {
  const { low, high } = rangeOf(value.value);
  return Math.min(high, Math.max(low, low + fraction * (high - low)));
}

function contains(value: Figure, x: number): boolean {
  const { low, high } = rangeOf(value.value);
  const slack = 1e-9 * (1 + Math.abs(x));
  return low - slack <= x && x <= high + slack;
}

function say(value: number | Range, unit: Unit, from: Evidence = 'estimated'): string {
  return formatFigure(figure(value, unit, from, 'a source'));
}

describe('figure', () => {
  it('refuses ends that are exchanged or not finite', () => {
    assert.throws(() => figure({ low: 2, high: 1 }, 's', 'measured', ''), /exchanged/);
    assert.throws(() => figure(NaN, 's', 'measured', ''), /finite/);
    assert.throws(() => figure({ low: 0, high: Infinity }, 's', 'measured', ''), /finite/);
  });

  it('takes a range of no width as a number', () => {
    assert.equal(figure({ low: 2, high: 2 }, 's', 'measured', '').value, 2);
  });

  it('is as weak as its weakest input', () => {
    assert.equal(weakest('measured', 'estimated', 'simulated'), 'estimated');
    assert.equal(weakest('simulated', 'measured'), 'simulated');
    fc.assert(
      fc.property(anyFigure, anyFigure, (a, b) => {
        const weak = weakest(a.evidence, b.evidence);
        for (const result of [sum([a, b]), subtract(a, b), multiply(a, b, 'J')])
          assert.equal(result.evidence, weak);
        assert.equal(scale(a, 3).evidence, a.evidence);
      }),
    );
  });

  it('keeps every result of numbers inside its inputs inside its own range', () => {
    const fraction = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(anyFigure, anyFigure, fraction, fraction, (a, b, p, q) => {
        const [x, y] = [inside(a, p), inside(b, q)];
        assert.isTrue(contains(sum([a, b]), x + y));
        assert.isTrue(contains(subtract(a, b), x - y));
        assert.isTrue(contains(multiply(a, b, 'J'), x * y));
        assert.isTrue(contains(scale(a, -2), -2 * x));
        if (rangeOf(a.value).low > 1e-3) assert.isTrue(contains(reciprocal(a, 'tokens/s'), 1 / x));
      }),
    );
  });

  it('does not add different units', () => {
    assert.throws(() => sum([figure(1, 'J', 'measured', ''), figure(1, 's', 'measured', '')]), /do not add/);
    assert.throws(() => sum([]), /no unit/);
  });

  it('has no reciprocal around zero', () => {
    assert.throws(
      () => reciprocal(figure({ low: 0, high: 1 }, 's', 'measured', ''), 'tokens/s'),
      /reciprocal/,
    );
  });

  it('collects the sources of its inputs once each', () => {
    const [a, b] = ['counter', 'datasheet'].map((source) => figure(1, 'J', 'measured', source));
    assert.equal(sum([a!, b!, a!]).source, 'counter + datasheet');
  });
});

describe('formatFigure', () => {
  it('prints number, unit and evidence', () => {
    assert.equal(say(112.4, 'tokens/s'), '112 tokens/s estimated');
    assert.equal(say({ low: 1.08e-3, high: 1.73e-3 }, 'J/token'), '1.1–1.7 mJ/token estimated');
    assert.equal(say(0.2031, 'W', 'measured'), '203 mW measured');
    assert.equal(say(1_076_947, 'instructions/token', 'simulated'), '1,076,947 instructions/token simulated');
  });

  it('prints an estimate with no more digits than it deserves', () => {
    assert.equal(
      say({ low: 1_319_091, high: 1_714_594 }, 'cycles/token'),
      '1,320,000–1,710,000 cycles/token estimated',
    );
    assert.equal(say({ low: 7.86e-3, high: 10.2e-3 }, 's/token'), '7.9–10.2 ms/token estimated');
    assert.equal(say({ low: 98.1, high: 127.4 }, 'tokens/s'), '98–127 tokens/s estimated');
    assert.equal(say({ low: 0.8, high: 2 }, 'tokens/s'), '0.80–2.00 tokens/s estimated');
  });

  it('prints one number where the ends look the same', () => {
    assert.equal(say({ low: 1.00001e-3, high: 1.00002e-3 }, 'J'), '1.00 mJ estimated');
  });

  it('carries over to the next prefix instead of printing a thousand', () => {
    assert.equal(say(999.9e-6, 'J', 'measured'), '1.00 mJ measured');
    assert.equal(say(0, 'J', 'measured'), '0 J measured');
    assert.equal(say(1e-10, 'J', 'measured'), '0.100 nJ measured');
  });

  it('never prints a figure without a digit or a tag', () => {
    fc.assert(
      fc.property(anyFigure, (value) => {
        assert.match(formatFigure(value), /^-?[\d,.]+(–-?[\d,.]+)? \S+ (measured|simulated|estimated)$/);
      }),
    );
  });
});
