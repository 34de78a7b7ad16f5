// Takes one run: has a device write a story while a meter records and a counter counts, and brings the three together.
import { DeviceError } from '../contracts/errors.ts';
import type { TokenCounts } from '../emulators/counts.ts';
import { alignByDeviceTime, alignByMarkers } from '../measure/align.ts';
import type { Alignment } from '../measure/align.ts';
import { halves, withoutOperators } from '../measure/counts.ts';
import type { RecordedCounts } from '../measure/counts.ts';
import { meanWatts } from '../measure/integrate.ts';
import { cutWindow, halfPair, stepsOf } from '../measure/pairs.ts';
import { addToProfile, emptyProfile } from '../measure/profile.ts';
import type { PowerRecord, Profile, RunRecord, TokenRecord } from '../measure/record.ts';
import type { Meter, PowerSample } from '../meters/meter.ts';

/** A token as the device tells it: a token of a record without its counts. */
export type ToldToken = Omit<TokenRecord, 'counts'>;

/** What writes the story. */
export interface Writer {
  /** Calls back for each token in order; resolves with why it ended. Rejects with a UserError for a prompt it cannot read. */
  write(prompt: string, onToken: (token: ToldToken) => void): Promise<RunRecord['ended']>;
}

/** What counts instructions, where something does: calls back once for each step; returns a function that ends it. */
export type Counter = (listener: (counts: TokenCounts) => void) => Promise<() => void>;

export interface RunParts {
  writer: Writer;
  counter: Counter | undefined;
  /** Made for a run, and fed with its counts where it is a model. */
  meter: ((subscribe: (listener: (counts: TokenCounts) => void) => () => void) => Meter) | undefined;
  /** How long to wait for counts that are still under way when the story has ended, in milliseconds; 10 s when left out. */
  countsLimitMs?: number;
}

export interface TakenRun {
  run: RunRecord;
  /** What was counted by operator; empty where the counter tells none apart. */
  profile: Profile;
  /** Why it is incomplete; empty where it is complete. */
  reasons: string[];
}

/** What device, counter and meter have said. */
interface Heard {
  told: ToldToken[];
  counts: TokenCounts[];
  samples: PowerSample[];
  ended: RunRecord['ended'];
  /** What went wrong with one of them. */
  reasons: string[];
}

/** A run that the device did not finish is returned with what there is and the reason; a UserError is thrown on. */
export async function takeRun(
  parts: RunParts,
  prompt: string,
  onToken: (token: ToldToken) => void,
): Promise<TakenRun> {
  const { told, counts, samples, ended, reasons } = await hear(parts, prompt, onToken);
  const steps = stepsOf(told);
  if (parts.counter && counts.length !== steps.length) {
    reasons.push(`${counts.length} counts came for ${steps.length} steps`);
  }
  if (told.length === 0 && reasons.length === 0) reasons.push('no token came');
  const half = halfPair(told);
  if (half >= 0 && reasons.length === 0) reasons.push(`token ${half} shares its step with no other`);
  const power = parts.meter && reasons.length === 0 ? powerOf(steps, samples) : undefined;
  if (power && 'refused' in power) reasons.push(power.refused);
  return {
    run: {
      prompt,
      output: told.map(({ text }) => text).join(''),
      ended,
      tokens: steps.flatMap((step, i) => countedTokens(step, counts[i])),
      power: power && !('refused' in power) ? power : null,
    },
    profile: profileOfSteps(steps, counts),
    reasons,
  };
}

async function hear(parts: RunParts, prompt: string, onToken: (token: ToldToken) => void): Promise<Heard> {
  const heard: Heard = { told: [], counts: [], samples: [], ended: 'stopped', reasons: [] };
  const { told, counts, samples, reasons } = heard;
  const listeners = new Set<(counts: TokenCounts) => void>();
  const meter = parts.meter?.((listener) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  });
  const uncount = await parts.counter?.((one) => {
    counts.push(one);
    for (const listener of listeners) listener(one);
  });
  try {
    await meter?.start((more) => samples.push(...more));
    heard.ended = await parts.writer.write(prompt, (token) => {
      told.push(token);
      onToken(token);
    });
    if (parts.counter)
      await settled(() => counts.length >= stepsOf(told).length, parts.countsLimitMs ?? 10_000);
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
  return heard;
}

const lookMs = 5;

/**
 * Waits until something holds, or gives up after a time: what is missing is noticed by whoever looks. The time is what this
 * process has waited: where it stood still itself, the counts may lie there unread.
 */
async function settled(holds: () => boolean, limitMs: number): Promise<void> {
  for (let waitedMs = 0; !holds() && waitedMs < limitMs; waitedMs += lookMs)
    await new Promise((resolve) => setTimeout(resolve, lookMs));
}

/** The tokens of a step with what was counted for it; each of a pair has half. */
function countedTokens(step: readonly ToldToken[], counts: TokenCounts | undefined): TokenRecord[] {
  if (counts === undefined) return [...step];
  const own = withoutOperators(counts);
  const parts: readonly RecordedCounts[] = step.length === 2 ? halves(own) : [own];
  return step.map((token, i) => ({ ...token, counts: parts[i]! }));
}

function profileOfSteps(steps: readonly (readonly ToldToken[])[], counts: readonly TokenCounts[]): Profile {
  const profile = emptyProfile();
  steps.forEach(([token], i) => counts[i] && addToProfile(profile, token!.phase, counts[i]));
  return profile;
}

/** Windows of power for the tokens of steps, by marker pins where the meter has them. */
function powerOf(
  steps: readonly (readonly ToldToken[])[],
  samples: readonly PowerSample[],
): PowerRecord | { refused: string } {
  const byMarkers = samples.every(({ markers }) => markers >= 0);
  const times = steps.map((step) => ({
    deviceTimeUs: step.at(-1)!.deviceTimeUs,
    stepUs: step.reduce((sum, { stepUs }) => sum + stepUs, 0),
  }));
  // Without pins meter and device have started together, as far as the host can tell.
  const offsetUs = times[0]!.deviceTimeUs - times[0]!.stepUs - (samples[0]?.timeUs ?? 0);
  const alignment: Alignment = byMarkers
    ? alignByMarkers(samples, steps.length)
    : alignByDeviceTime(samples, times, offsetUs);
  if ('refused' in alignment) return alignment;
  const windows = alignment.windows.map((window) => ({
    ...window,
    watts: meanWatts(samples, window.startUs, window.endUs),
  }));
  const idleWatts = meanWatts(samples, samples[0]!.timeUs, alignment.windows[0]!.startUs);
  const uncovered = windows.findIndex(({ watts }) => watts === undefined);
  if (uncovered >= 0 || idleWatts === undefined)
    return { refused: `the samples do not cover step ${uncovered}` };
  return {
    alignment: byMarkers ? 'markers' : 'device-time',
    windows: windows.flatMap(({ watts, ...window }, i) =>
      cutWindow(window, steps[i]!.length).map((part) => ({ ...part, watts: watts! })),
    ),
    idleWatts,
    curve: samples.slice(),
  };
}
