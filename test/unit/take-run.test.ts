// A run brings story, counts and power together, and says why where they do not fit.
import { assert } from 'chai';
import board from '../../boards/stm32f405/board.ts';
import { takeRun } from '../../host-tools/commands/take-run.ts';
import type { Counter, RunParts, Writer } from '../../host-tools/commands/take-run.ts';
import { DeviceError, UserError } from '../../host-tools/contracts/errors.ts';
import type { TokenCounts } from '../../host-tools/emulators/control.ts';
import { cortexM4 } from '../../host-tools/measure/cortex-m4.ts';
import type { Meter, PowerSample } from '../../host-tools/meters/meter.ts';
import { emulatedMeter } from '../../host-tools/meters/emulated.ts';
import { countsOf, tokensOf } from '../support/record.ts';

const { cyclesOf } = cortexM4;

/** A device that writes made-up steps; its counter counts those of `counted`, late ones after the story. */
function fakeDevice(
  nSteps: number,
  options: { counted?: number; lateMs?: number; failAfter?: number; error?: Error } = {},
) {
  const { counted = nSteps, lateMs = 0, failAfter = nSteps, error } = options;
  let count: ((counts: TokenCounts) => void) | undefined;
  const counter: Counter = async (listener) => {
    count = listener;
    return () => (count = undefined);
  };
  const writer: Writer = {
    async write(_prompt, onStep) {
      for (const [i, step] of tokensOf(3, nSteps - 3, false).entries()) {
        if (i >= failAfter && error) throw error;
        await new Promise(setImmediate);
        if (i < counted) setTimeout(() => count?.(countsOf(i)), lateMs);
        onStep(step);
      }
      return 'end';
    },
  };
  return { counter, writer };
}

const meter: RunParts['meter'] = (subscribe) =>
  emulatedMeter({ power: board.power, clockHz: board.clockHz, cyclesOf, subscribe });

/** A meter of given samples, which it sends when it is started. */
function recorded(samples: PowerSample[], lost = 0): RunParts['meter'] {
  const fake: Meter = {
    identify: async () => ({ name: 'fake', detail: '', evidence: 'measured', error: '' }),
    start: async (listener) => listener(samples),
    stop: async () => ({ received: samples.length, lost, saturated: 0 }),
    close: async () => undefined,
  };
  return () => fake;
}

describe('takeRun', () => {
  it('gives every token its counts and its window of power', async () => {
    const seen: number[] = [];
    const { run, reasons } = await takeRun({ ...fakeDevice(12), meter }, 'Once', ({ index }) =>
      seen.push(index),
    );
    assert.deepEqual(reasons, []);
    assert.deepEqual(
      seen,
      Array.from({ length: 12 }, (_, i) => i),
    );
    assert.deepEqual(
      run.tokens.map(({ counts }) => counts),
      seen.map(countsOf),
    );
    assert.equal(run.power!.alignment, 'markers');
    run.power!.windows.forEach(({ startUs, endUs, watts }, i) => {
      const { low, high } = cyclesOf(countsOf(i));
      assert.closeTo(endUs - startUs, (low + high) / 2 / 168, 1e-3);
      assert.closeTo(watts.low, (3.3 * board.power.runMilliamps.typical) / 1000, 1e-9);
    });
    assert.closeTo(run.power!.idleWatts.high, (3.3 * board.power.sleepMilliamps.maximum) / 1000, 1e-9);
    assert.deepEqual([run.prompt, run.ended], ['Once', 'end']);
  });

  it('waits for counts that come after the story', async () => {
    const { run, reasons } = await takeRun({ ...fakeDevice(5, { lateMs: 60 }), meter }, '', () => undefined);
    assert.deepEqual(reasons, []);
    assert.lengthOf(run.power!.windows, 5);
  });

  it('waits for them as long as it can hear, and takes a while in which it stood still for none', async () => {
    const { counter, writer } = fakeDevice(5, { lateMs: 20 });
    const standing: Writer = {
      async write(...story) {
        const ended = await writer.write(...story);
        setTimeout(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300), 10);
        return ended;
      },
    };
    const parts = { writer: standing, counter, meter, countsLimitMs: 200 };
    assert.deepEqual((await takeRun(parts, '', () => undefined)).reasons, []);
  });

  it('refuses a run whose counts are not its steps', async () => {
    const parts = { ...fakeDevice(5, { counted: 4 }), meter, countsLimitMs: 40 };
    const { run, reasons } = await takeRun(parts, '', () => undefined);
    assert.deepEqual(reasons, ['4 counts came for 5 steps']);
    assert.isNull(run.power);
  });

  it('keeps what there is when the device is lost, and says so', async () => {
    const error = new DeviceError('the port is gone');
    const { run, reasons } = await takeRun(
      { ...fakeDevice(8, { failAfter: 5, error }), meter, countsLimitMs: 40 },
      '',
      () => undefined,
    );
    assert.equal(reasons[0], 'the port is gone');
    assert.deepEqual([run.tokens.length, run.ended, run.power], [5, 'stopped', null]);
  });

  it('throws a mistake of the user on, and lets go of the meter', async () => {
    let closed = false;
    const parts: RunParts = {
      ...fakeDevice(8, { failAfter: 0, error: new UserError('the prompt has no encoding') }),
      meter: (subscribe) => ({ ...meter(subscribe), close: async () => void (closed = true) }),
    };
    const error = await takeRun(parts, '', () => undefined).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    assert.equal((error as Error).message, 'the prompt has no encoding');
    assert.isTrue(closed);
  });

  it('aligns by device time where the meter has no marker inputs', async () => {
    const steps = tokensOf(3, 2, false);
    const startUs = steps[0]!.deviceTimeUs - steps[0]!.stepUs;
    const samples = Array.from({ length: 100 }, (_, i) => ({
      timeUs: i * 1000,
      volts: 3,
      amps: 0.02,
      markers: -1,
    }));
    const { writer } = fakeDevice(5);
    const { run, reasons } = await takeRun(
      { writer, counter: undefined, meter: recorded(samples) },
      '',
      () => undefined,
    );
    assert.deepEqual(reasons, []);
    assert.equal(run.power!.alignment, 'device-time');
    assert.deepEqual(
      run.power!.windows.map(({ endUs }) => endUs),
      steps.map(({ deviceTimeUs }) => deviceTimeUs - startUs),
    );
  });

  describe('with pairs of prompt tokens', () => {
    const operators = { tables: { ...countsOf(0), isr: undefined }, other: countsOf(1) };

    /** Writes four tokens of a prompt, the first and the last two of them in pairs, and two more; counts once a step. */
    function pairing(options: { half?: boolean } = {}) {
      let count: ((counts: TokenCounts) => void) | undefined;
      const shared = [1, 2, 2, 2, options.half ? 1 : 2, 1, 1] as const;
      const writer: Writer = {
        async write(_prompt, onToken) {
          tokensOf(5, 2, false).forEach((token, i) => {
            // The events of a pair tell one time, and half of the step's.
            const deviceTimeUs = i === 1 || i === 3 ? 10_000 + (i + 1) * 9500 : token.deviceTimeUs;
            if (i !== 2 && i !== 4) count?.({ ...countsOf(i), operators });
            onToken({ ...token, deviceTimeUs, stepUs: 4000, ...(shared[i] === 2 && { shared: 2 }) });
          });
          return 'end';
        },
      };
      const counter: Counter = async (listener) => ((count = listener), () => (count = undefined));
      return { writer, counter };
    }

    it('gives each token half of the counts, of the window and of the energy of its step', async () => {
      const { run, reasons } = await takeRun({ ...pairing(), meter }, '', () => undefined);
      assert.deepEqual(reasons, []);
      assert.deepEqual(
        run.tokens.map(({ shared }) => shared ?? 1),
        [1, 2, 2, 2, 2, 1, 1],
      );
      const instructions = run.tokens.map(({ counts }) => counts!.instructions);
      for (const i of [1, 3]) {
        assert.equal(instructions[i]! + instructions[i + 1]!, countsOf(i).instructions);
        assert.approximately(instructions[i]!, instructions[i + 1]!, 1);
      }
      assert.equal(instructions[5], countsOf(5).instructions);
      const windows = run.power!.windows;
      assert.lengthOf(windows, 7);
      windows.slice(1).forEach(({ startUs }, i) => assert.equal(startUs, windows[i]!.endUs));
      const span = (i: number): number => windows[i]!.endUs - windows[i]!.startUs;
      const { low, high } = cyclesOf(countsOf(1));
      for (const i of [1, 2]) assert.closeTo(span(i), (low + high) / 4 / 168, 1e-3);
      assert.deepEqual(windows[1]!.watts, windows[2]!.watts);
    });

    it('aligns pairs by device time as one step', async () => {
      const samples = [0, 90_000].map((timeUs) => ({ timeUs, volts: 3, amps: 0.02, markers: -1 }));
      const { writer } = pairing();
      const parts = { writer, counter: undefined, meter: recorded(samples) };
      const { run, reasons } = await takeRun(parts, '', () => undefined);
      assert.deepEqual(reasons, []);
      const spans = run.power!.windows.map(({ startUs, endUs }) => endUs - startUs);
      assert.deepEqual(spans, Array(7).fill(4000));
    });

    it('adds up what each operator did, a pair of tokens once', async () => {
      const { profile } = await takeRun({ ...pairing(), meter }, '', () => undefined);
      assert.equal(profile.prefill['tables']!.instructions, 3 * countsOf(0).instructions);
      assert.equal(profile.decode['other']!.instructions, 2 * countsOf(1).instructions);
    });

    it('is incomplete when the other token of a pair did not come', async () => {
      const { writer } = pairing({ half: true });
      const parts = { writer, counter: undefined, meter: undefined };
      const { reasons } = await takeRun(parts, '', () => undefined);
      assert.deepEqual(reasons, ['token 3 shares its step with no other']);
    });

    it('refuses a run whose counts are its tokens rather than its steps', async () => {
      const { writer, counter } = pairing();
      const more: Counter = (listener) =>
        counter((counts) => {
          listener(counts);
          listener(counts);
        });
      const { reasons } = await takeRun(
        { writer, counter: more, meter, countsLimitMs: 1 },
        '',
        () => undefined,
      );
      assert.deepEqual(reasons, ['10 counts came for 5 steps']);
    });
  });

  it('is incomplete when the meter lost samples', async () => {
    const { writer } = fakeDevice(5);
    const { reasons } = await takeRun(
      { writer, counter: undefined, meter: recorded([], 7) },
      '',
      () => undefined,
    );
    assert.deepEqual(reasons, ['the meter lost 7 of 7 samples']);
  });

  it('has no power without a meter', async () => {
    const { run, reasons } = await takeRun(
      { writer: fakeDevice(5).writer, counter: undefined, meter: undefined },
      '',
      () => undefined,
    );
    assert.deepEqual([run.power, reasons], [null, []]);
  });
});
