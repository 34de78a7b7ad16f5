// A run whose edges are not its steps is refused; one whose edges are gets a window a step.
import { assert } from 'chai';
import fc from 'fast-check';
import { markerBits } from '../../host-tools/contracts/markers.ts';
import { alignByDeviceTime, alignByMarkers } from '../../host-tools/measure/align.ts';
import type { PowerSample } from '../../host-tools/meters/meter.ts';

fc.configureGlobal({ seed: 1 });

const { window: WINDOW, token: TOKEN } = markerBits;

function samplesOf(markers: readonly number[]): PowerSample[] {
  return markers.map((value, i) => ({ timeUs: i * 10, volts: 3, amps: 0.01, markers: value }));
}

/** Marker bits of a run of tokens, each of some samples. */
function runOf(durations: readonly number[]): number[] {
  let token = 0;
  const inside = durations.flatMap((n) => {
    const held = Array.from({ length: n }, () => WINDOW | token);
    token ^= TOKEN;
    return held;
  });
  return [0, 0, ...inside, WINDOW | token, token, token];
}

describe('alignByMarkers', () => {
  it('gives each step the time between its edges', () => {
    const result = alignByMarkers(samplesOf(runOf([2, 3])), 2);
    assert.deepEqual(result, {
      windows: [
        { startUs: 20, endUs: 40 },
        { startUs: 40, endUs: 70 },
      ],
    });
  });

  it('gives as many windows as steps, one after the other, whatever their lengths', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), (durations) => {
        const result = alignByMarkers(samplesOf(runOf(durations)), durations.length);
        if ('refused' in result) return assert.fail(result.refused);
        assert.deepEqual(
          result.windows.map(({ startUs, endUs }) => (endUs - startUs) / 10),
          durations,
        );
      }),
    );
  });

  it('refuses more or fewer edges than steps', () => {
    const samples = samplesOf(runOf([2, 3, 2]));
    for (const nSteps of [2, 4]) {
      assert.deepEqual(alignByMarkers(samples, nSteps), {
        refused: `the token pin has 3 edges for ${nSteps} steps`,
      });
    }
  });

  it('refuses a window that never closes, and a token outside it', () => {
    assert.property(alignByMarkers(samplesOf([0, WINDOW, WINDOW | TOKEN]), 1), 'refused');
    const early = samplesOf([0, TOKEN, TOKEN | WINDOW, TOKEN | WINDOW, TOKEN]);
    assert.deepEqual(alignByMarkers(early, 1), { refused: 'the token pin has an edge outside the window' });
  });

  it('refuses a meter without marker inputs', () => {
    assert.deepEqual(alignByMarkers(samplesOf([-1, -1]), 1), { refused: 'the meter has no marker inputs' });
  });
});

describe('alignByDeviceTime', () => {
  const samples = samplesOf([-1, -1, -1, -1, -1, -1]);

  it('shifts the device clock to the meter clock', () => {
    const steps = [
      { deviceTimeUs: 1020, stepUs: 20 },
      { deviceTimeUs: 1045, stepUs: 15 },
    ];
    assert.deepEqual(alignByDeviceTime(samples, steps, 1000), {
      windows: [
        { startUs: 0, endUs: 20 },
        { startUs: 30, endUs: 45 },
      ],
    });
  });

  it('refuses steps that the samples do not cover, and steps that overlap', () => {
    assert.deepEqual(alignByDeviceTime(samples, [{ deviceTimeUs: 60, stepUs: 5 }], 0), {
      refused: 'the samples do not cover the steps',
    });
    const overlapping = [
      { deviceTimeUs: 20, stepUs: 5 },
      { deviceTimeUs: 25, stepUs: 9 },
    ];
    assert.deepEqual(alignByDeviceTime(samples, overlapping, 0), {
      refused: 'step 1 begins before the one ahead of it is done',
    });
  });
});
