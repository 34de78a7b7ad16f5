// What is said about a record follows from it, and an incomplete one has no headline.
import { assert } from 'chai';
import fc from 'fast-check';
import board from '../../boards/stm32f405/board.ts';
import { cortexM4 } from '../../host-tools/measure/cortex-m4.ts';
import { rangeOf } from '../../host-tools/measure/figure.ts';
import type { Figure } from '../../host-tools/measure/figure.ts';
import type { RunFile } from '../../host-tools/measure/record.ts';
import { percentile, summarize } from '../../host-tools/measure/summarize.ts';
import { renderTable } from '../../host-tools/measure/table.ts';
import { emulatedRecord, hostRecord } from '../support/record.ts';

fc.configureGlobal({ seed: 1 });

const { cyclesOf } = cortexM4;

function close(actual: Figure | undefined, low: number, high: number): void {
  const range = rangeOf(actual!.value);
  assert.closeTo(range.low, low, Math.abs(low) * 1e-9);
  assert.closeTo(range.high, high, Math.abs(high) * 1e-9);
}

describe('percentile', () => {
  it('lies between the smallest and the largest and is the middle at one half', () => {
    assert.equal(percentile([1, 2, 4], 0.5), 2);
    assert.equal(percentile([1, 2], 0.5), 1.5);
    assert.equal(percentile([7], 0.95), 7);
    fc.assert(
      fc.property(
        fc.array(fc.nat(1000), { minLength: 1 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (values, at) => {
          const sorted = values.sort((a, b) => a - b);
          const value = percentile(sorted, at);
          assert.isTrue(sorted[0]! <= value && value <= sorted.at(-1)!);
        },
      ),
    );
  });
});

describe('summarize, of a counted run', () => {
  let record: RunFile;
  before(async () => (record = await emulatedRecord(4, 1)));

  it('takes cycles over the clock for time and the currents of the board for power', () => {
    const { decode } = summarize(record);
    const { low, high } = cyclesOf(record.runs[0]!.tokens.at(-1)!.counts!);
    const { supplyVolts: volts, runMilliamps: run, sleepMilliamps: sleep } = board.power;
    const watts = [(volts * run.typical) / 1000, (volts * run.maximum) / 1000] as const;
    close(decode!.seconds.median, low / 168e6, high / 168e6);
    close(decode!.tokensPerSecond.median, 168e6 / high, 168e6 / low);
    close(decode!.watts!.median, ...watts);
    close(decode!.joules!.median, (watts[0] * low) / 168e6, (watts[1] * high) / 168e6);
    const net = [run.typical - sleep.typical, run.maximum - sleep.maximum].map((mA) => (volts * mA) / 1000);
    // The ends of the difference cross: at 85 degrees C sleeping costs more, and running a little less above it.
    close(decode!.netJoules!.median, (Math.min(...net) * low) / 168e6, (Math.max(...net) * high) / 168e6);
  });

  it('counts instructions and estimates all else', () => {
    const { prefill, decode } = summarize(record);
    for (const phase of [prefill!, decode!]) {
      assert.equal(phase.instructions!.median.evidence, 'simulated');
      for (const statistic of [
        phase.seconds,
        phase.tokensPerSecond,
        phase.cycles!,
        phase.joules!,
        phase.netJoules!,
      ]) {
        assert.equal(statistic.median.evidence, 'estimated');
        assert.equal(statistic.interval.evidence, 'estimated');
      }
    }
  });

  it('keeps reading and writing apart', () => {
    const { prefill, decode } = summarize(record);
    assert.deepEqual([prefill!.nTokens, decode!.nTokens], [4, 1]);
  });

  it('adds the tokens up', async () => {
    const whole = summarize(await emulatedRecord(3, 7));
    const joules = whole.tokens.map((token) => rangeOf(token.joules!.value));
    close(
      whole.totalJoules,
      joules.reduce((sum, { low }) => sum + low, 0),
      joules.reduce((sum, { high }) => sum + high, 0),
    );
    assert.equal(
      whole.nCharacters,
      Array.from(
        whole.tokens
          .slice(3)
          .map(({ token }) => token.text)
          .join(''),
      ).length,
    );
  });

  it('gives an interval that holds the median', async () => {
    const { decode } = summarize(await emulatedRecord(3, 40));
    for (const { median, interval } of [
      decode!.seconds,
      decode!.joules!,
      decode!.tokensPerSecond,
      decode!.cycles!,
    ]) {
      assert.isAtMost(rangeOf(interval.value).low, rangeOf(median.value).low);
      assert.isAtLeast(rangeOf(interval.value).high, rangeOf(median.value).high);
    }
  });

  it('has no headline where it is incomplete', () => {
    const incomplete = { ...record, integrity: { complete: false, reasons: ['the port vanished'] } };
    const summary = summarize(incomplete);
    const { prefill, decode, joulesPerCharacter, totalSeconds, totalJoules } = summary;
    assert.deepEqual(
      [prefill, decode, joulesPerCharacter, totalSeconds, totalJoules],
      Array(5).fill(undefined),
    );
    assert.equal(summary.tokens.length, 5);
    assert.equal(
      renderTable(incomplete, summary),
      'stories-1m on stm32f405 (emulated): incomplete, no headline: the port vanished',
    );
  });
});

describe('summarize, of the host', () => {
  it('measures time and has no joules', () => {
    const { decode, totalJoules, joulesPerCharacter } = summarize(hostRecord());
    assert.equal(decode!.seconds.median.evidence, 'measured');
    assert.deepEqual(
      [decode!.joules, decode!.watts, totalJoules, joulesPerCharacter],
      Array(4).fill(undefined),
    );
  });
});

describe('renderTable', () => {
  it('tags every figure', async () => {
    const record = await emulatedRecord(3, 40);
    const [title, , ...rows] = renderTable(record, summarize(record)).split('\n');
    assert.equal(title, 'stories-1m on stm32f405 (emulated)');
    for (const row of rows) {
      const figures = row
        .slice(19)
        .split(/\s{2,}/)
        .filter((cell) => /\d/.test(cell));
      assert.isNotEmpty(figures, row);
      for (const cell of figures) assert.match(cell, / (measured|simulated|estimated)$/);
    }
  });

  it('says why there are no joules', () => {
    const record = hostRecord();
    assert.match(renderTable(record, summarize(record)), /no joules: host has no meter$/);
  });
});
