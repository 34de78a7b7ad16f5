// Takes one run: has a device write a story while a meter records and a counter counts, and brings the three together.
import { DeviceError } from '../contracts/errors.ts';
import type { TokenCounts } from '../emulators/control.ts';
import { alignByDeviceTime, alignByMarkers } from '../measure/align.ts';
import type { Alignment } from '../measure/align.ts';
import { meanWatts } from '../measure/integrate.ts';
import type { PowerRecord, RunRecord, TokenRecord } from '../measure/record.ts';
import type { Meter, PowerSample } from '../meters/meter.ts';

/** One step of the model as the device tells it: a token of a record without its counts. */
export type Step = Omit<TokenRecord, 'counts'>;

/** What writes the story. */
export interface Writer {
  /** Calls back for each step in order; resolves with why it ended. Rejects with a UserError for a prompt it cannot read. */
  write(prompt: string, onStep: (step: Step) => void): Promise<RunRecord['ended']>;
}

/** What counts instructions, where something does: calls back once for each step; returns a function that ends it. */
export type Counter = (listener: (counts: TokenCounts) => void) => Promise<() => void>;

export interface RunParts {
  writer: Writer;
  counter: Counter | undefined;
  /** Made for a run, and fed with its counts where it is a model. */
  meter: ((subscribe: (listener: (counts: TokenCounts) => void) => () => void) => Meter) | undefined;
  /** How long to wait for counts that are still under way when the story has ended, in milliseconds. */
  countsLimitMs?: number;
}

export interface TakenRun {
  run: RunRecord;
  /** Why it is incomplete; empty where it is complete. */
  reasons: string[];
}

/** A run that the device did not finish is returned with what there is and the reason; a UserError is thrown on. */
export async function takeRun(
  parts: RunParts,
  prompt: string,
  onStep: (step: Step) => void,
): Promise<TakenRun> {
  const steps: Step[] = [];
  const counts: TokenCounts[] = [];
  const samples: PowerSample[] = [];
  const reasons: string[] = [];
  const listeners = new Set<(counts: TokenCounts) => void>();
  const meter = parts.meter?.((listener) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  });
  const uncount = await parts.counter?.((one) => {
    counts.push(one);
    for (const listener of listeners) listener(one);
  });
  let ended: RunRecord['ended'] = 'stopped';
  try {
    await meter?.start((more) => samples.push(...more));
    ended = await parts.writer.write(prompt, (step) => {
      steps.push(step);
      onStep(step);
    });
    if (parts.counter) await settled(() => counts.length >= steps.length, parts.countsLimitMs ?? 2000);
  } catch (error) {
    if (!(error instanceof DeviceError)) throw error;
    reasons.push(error.message);
  } finally {
    uncount?.();
    const lost = await meter?.stop();
    if (lost && lost.lost > 0)
      reasons.push(`the meter lost ${lost.lost} of ${lost.lost + lost.received} samples`);
    if (lost && lost.saturated > 0) reasons.push(`${lost.saturated} samples lie outside the meter's range`);
    await meter?.close();
  }
  if (parts.counter && counts.length !== steps.length) {
    reasons.push(`${counts.length} counts came for ${steps.length} tokens`);
  }
  if (steps.length === 0 && reasons.length === 0) reasons.push('no token came');
  const tokens = steps.map((step, i) => ({ ...step, ...(counts[i] && { counts: counts[i] }) }));
  const power = meter && reasons.length === 0 ? powerOf(tokens, samples) : undefined;
  if (power && 'refused' in power) reasons.push(power.refused);
  return {
    run: {
      prompt,
      output: tokens.map(({ text }) => text).join(''),
      ended,
      tokens,
      power: power && !('refused' in power) ? power : null,
    },
    reasons,
  };
}

/** Waits until something holds, or gives up after a time: what is missing is noticed by whoever looks. */
async function settled(holds: () => boolean, limitMs: number): Promise<void> {
  const end = performance.now() + limitMs;
  while (!holds() && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** Windows of power for tokens, by marker pins where the meter has them. */
function powerOf(
  tokens: readonly TokenRecord[],
  samples: readonly PowerSample[],
): PowerRecord | { refused: string } {
  const byMarkers = samples.every(({ markers }) => markers >= 0);
  // Without pins meter and device have started together, as far as the host can tell.
  const offsetUs = tokens[0]!.deviceTimeUs - tokens[0]!.stepUs - (samples[0]?.timeUs ?? 0);
  const alignment: Alignment = byMarkers
    ? alignByMarkers(samples, tokens.length)
    : alignByDeviceTime(samples, tokens, offsetUs);
  if ('refused' in alignment) return alignment;
  const windows = alignment.windows.map((window) => ({
    ...window,
    watts: meanWatts(samples, window.startUs, window.endUs),
  }));
  const idleWatts = meanWatts(samples, samples[0]!.timeUs, alignment.windows[0]!.startUs);
  const uncovered = windows.findIndex(({ watts }) => watts === undefined);
  if (uncovered >= 0 || idleWatts === undefined)
    return { refused: `the samples do not cover token ${uncovered}` };
  return {
    alignment: byMarkers ? 'markers' : 'device-time',
    windows: windows.map((window) => ({ ...window, watts: window.watts! })),
    idleWatts,
    curve: samples.slice(),
  };
}
