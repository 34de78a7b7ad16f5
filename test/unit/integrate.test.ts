// Power times time, of samples that hold until the next, and the energy of a token gross and net.
import { assert } from 'chai';
import fc from 'fast-check';
import { figure, rangeOf } from '../../host-tools/measure/figure.ts';
import { grossEnergy, meanWatts, netEnergy } from '../../host-tools/measure/integrate.ts';
import type { PowerSample } from '../../host-tools/meters/meter.ts';

fc.configureGlobal({ seed: 1 });

const at = (timeUs: number, amps: PowerSample['amps']): PowerSample => ({
  timeUs,
  volts: 2,
  amps,
  markers: 0,
});

describe('meanWatts', () => {
  const samples = [at(0, 1), at(10, 3), at(20, 5), at(30, 0)];

  it('holds each sample until the next', () => {
    assert.deepEqual(meanWatts(samples, 0, 10), { low: 2, high: 2 });
    assert.deepEqual(meanWatts(samples, 5, 15), { low: 4, high: 4 });
    assert.deepEqual(meanWatts(samples, 0, 30), { low: 6, high: 6 });
  });

  it('takes the power at a moment for a window without length', () => {
    assert.deepEqual(meanWatts(samples, 20, 20), { low: 10, high: 10 });
  });

  it('keeps the ends of a range apart', () => {
    assert.deepEqual(meanWatts([at(0, { low: 1, high: 2 }), at(8, 1)], 0, 8), { low: 2, high: 4 });
  });

  it('has no answer where the samples do not reach', () => {
    assert.isUndefined(meanWatts(samples, -1, 10));
    assert.isUndefined(meanWatts(samples, 10, 31));
    assert.isUndefined(meanWatts([], 0, 1));
  });

  it('gives two windows together the energy of one over both', () => {
    const times = fc.uniqueArray(fc.integer({ min: 1, max: 999 }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(times, fc.integer({ min: 1, max: 999 }), (inner, cut) => {
        const sorted = [0, ...inner.sort((a, b) => a - b), 1000];
        const some = sorted.map((timeUs, i) => at(timeUs, (i * 7919) % 13));
        const joules = (from: number, to: number): number => meanWatts(some, from, to)!.low * (to - from);
        assert.closeTo(joules(0, cut) + joules(cut, 1000), joules(0, 1000), 1e-6);
      }),
    );
  });
});

describe('energy', () => {
  const watts = figure({ low: 0.12, high: 0.18 }, 'W', 'estimated', 'model');
  const idle = figure({ low: 0.04, high: 0.09 }, 'W', 'estimated', 'model');
  const seconds = figure({ low: 0.01, high: 0.02 }, 's/token', 'estimated', 'counts');

  it('is power times time, and as weak as both', () => {
    const { value, unit, evidence, source } = grossEnergy(watts, seconds);
    assert.closeTo(rangeOf(value).low, 0.0012, 1e-12);
    assert.closeTo(rangeOf(value).high, 0.0036, 1e-12);
    assert.deepEqual([unit, evidence, source], ['J/token', 'estimated', 'model + counts']);
  });

  it('subtracts low from low and high from high', () => {
    const { low, high } = rangeOf(netEnergy(watts, idle, seconds).value);
    assert.closeTo(low, 0.08 * 0.01, 1e-12);
    assert.closeTo(high, 0.09 * 0.02, 1e-12);
  });

  it('keeps the ends in order when the pairs cross', () => {
    const steep = figure({ low: 0.01, high: 0.12 }, 'W', 'estimated', 'model');
    const { low, high } = rangeOf(netEnergy(watts, steep, seconds).value);
    assert.isAtMost(low, high);
  });
});
