// Power times time: mean power of a window from samples, and the energy of a window, gross and with idling subtracted.
import type { PowerSample } from '../meters/meter.ts';
import { multiply, rangeOf, subtract } from './figure.ts';
import type { Figure, Range } from './figure.ts';

/** Watts of one sample. */
function wattsOf({ volts, amps }: PowerSample): Range {
  const { low, high } = rangeOf(amps);
  return { low: volts * low, high: volts * high };
}

/**
 * Mean power between two times on the meter's clock, in watts. Samples are in order of time and hold until the next; undefined
 * where they do not cover the window.
 */
export function meanWatts(
  samples: readonly PowerSample[],
  startUs: number,
  endUs: number,
): Range | undefined {
  const [first, last] = [samples[0], samples.at(-1)];
  if (first === undefined || first.timeUs > startUs || last!.timeUs < endUs) return undefined;
  let [low, high] = [0, 0];
  let i = firstAfter(samples, startUs) - 1;
  for (let fromUs = startUs; fromUs < endUs; i++) {
    const untilUs = Math.min(endUs, samples[i + 1]?.timeUs ?? endUs);
    const watts = wattsOf(samples[i]!);
    low += watts.low * (untilUs - fromUs);
    high += watts.high * (untilUs - fromUs);
    fromUs = untilUs;
  }
  const spanUs = endUs - startUs;
  return spanUs > 0 ? { low: low / spanUs, high: high / spanUs } : wattsOf(samples[i]!);
}

/** Index of the first sample that is later than a time, by bisection. */
function firstAfter(samples: readonly PowerSample[], timeUs: number): number {
  let [from, to] = [0, samples.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (samples[middle]!.timeUs <= timeUs) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** Energy of one token's window in joules per token: its mean power for as long as it took. */
export function grossEnergy(watts: Figure, seconds: Figure): Figure {
  return multiply(watts, seconds, 'J/token');
}

/**
 * The same without what the board would have drawn asleep. Both powers of a model rise together (a warmer chip leaks more
 * whether it runs or sleeps), so low is subtracted from low and high from high; of instruments the error is kept apart anyway.
 */
export function netEnergy(watts: Figure, idle: Figure, seconds: Figure): Figure {
  const [run, sleep] = [rangeOf(watts.value), rangeOf(idle.value)];
  const paired = { low: run.low - sleep.low, high: run.high - sleep.high };
  const ordered = { low: Math.min(paired.low, paired.high), high: Math.max(paired.low, paired.high) };
  return multiply({ ...subtract(watts, idle), value: ordered }, seconds, 'J/token');
}
