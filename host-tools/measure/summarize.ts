// From a record to what is said about it: rates, power and energy of prefill and decode, each token apart, with their spread.
import { cyclesFigure } from './cycle-model.ts';
import { cycleModelOf } from './cycle-models.ts';
import { figure, middleOf, rangeOf, reciprocal, scale, sum } from './figure.ts';
import type { Figure, Range } from './figure.ts';
import { grossEnergy, netEnergy } from './integrate.ts';
import { profileOf } from './profile.ts';
import type { ProfileSummary } from './profile.ts';
import type { RunFile, RunRecord, TokenRecord } from './record.ts';

/** The median over tokens, and the interval from their 5th to their 95th percentile. */
export interface Statistic {
  median: Figure;
  interval: Figure;
}

export interface TokenSummary {
  run: number;
  token: TokenRecord;
  instructions: Figure | undefined;
  cycles: Figure | undefined;
  seconds: Figure;
  watts: Figure | undefined;
  joules: Figure | undefined;
  netJoules: Figure | undefined;
}

export interface PhaseSummary {
  nTokens: number;
  /** Those that shared a step with another: each has half of what the step took. */
  nShared: number;
  seconds: Statistic;
  tokensPerSecond: Statistic;
  instructions: Statistic | undefined;
  cycles: Statistic | undefined;
  watts: Statistic | undefined;
  joules: Statistic | undefined;
  netJoules: Statistic | undefined;
}

export interface Summary {
  complete: boolean;
  reasons: readonly string[];
  /** Headlines; undefined where the run is incomplete or has no such token. */
  prefill: PhaseSummary | undefined;
  decode: PhaseSummary | undefined;
  /** Energy of the decode steps over the characters that they wrote. */
  joulesPerCharacter: Figure | undefined;
  /** Characters that decode steps wrote, as Unicode code points. */
  nCharacters: number;
  /** Everything that was timed, prefill and decode. */
  totalSeconds: Figure | undefined;
  totalJoules: Figure | undefined;
  idleWatts: Figure | undefined;
  /** Where the cycles went; undefined where that was not asked for. */
  profile: ProfileSummary | undefined;
  tokens: readonly TokenSummary[];
}

/** Seconds of one token's work, and what they come from. */
function timeOf(record: RunFile, token: TokenRecord): Pick<TokenSummary, 'cycles' | 'seconds'> | undefined {
  if (record.timing.kind === 'counted') {
    if (token.counts === undefined) return undefined;
    const cycles = cyclesFigure(cycleModelOf(record.timing), token.counts);
    return { cycles, seconds: scale(cycles, 1 / record.board.clockHz, 's/token') };
  }
  const { evidence, source } = record.timing;
  const seconds = figure(token.stepUs / 1e6, 's/token', evidence, source);
  return { cycles: undefined, seconds };
}

const counted = 'instruction counter of the emulator';

function tokensOf(record: RunFile, run: RunRecord, runIndex: number): TokenSummary[] {
  return run.tokens.flatMap((token, i): TokenSummary[] => {
    const time = timeOf(record, token);
    if (time === undefined) return [];
    const instructions =
      token.counts && figure(token.counts.instructions, 'instructions/token', 'simulated', counted);
    const summary = { run: runIndex, token, instructions, ...time };
    const none = { watts: undefined, joules: undefined, netJoules: undefined };
    if (run.power === null || record.meter === null) return [{ ...summary, ...none }];
    const { evidence, name, detail } = record.meter;
    const watts = figure(run.power.windows[i]!.watts, 'W', evidence, `${name} meter (${detail})`);
    const idle = { ...watts, value: run.power.idleWatts };
    const joules = grossEnergy(watts, time.seconds);
    return [{ ...summary, watts, joules, netJoules: netEnergy(watts, idle, time.seconds) }];
  });
}

/** A percentile of sorted numbers, between the two nearest ranks. */
export function percentile(sorted: readonly number[], fraction: number): number {
  const place = fraction * (sorted.length - 1);
  const below = sorted[Math.floor(place)]!;
  return below + (sorted[Math.ceil(place)]! - below) * (place - Math.floor(place));
}

/** Of figures that all come from one source; undefined of none. Ends of ranges are ranked apart: they move together. */
export function statisticOf(figures: readonly (Figure | undefined)[]): Statistic | undefined {
  const present = figures.filter((value) => value !== undefined);
  const [first] = present;
  if (first === undefined || present.length < figures.length) return undefined;
  const ranges = present.map(({ value }) => rangeOf(value));
  const lows = ranges.map(({ low }) => low).sort((a, b) => a - b);
  const highs = ranges.map(({ high }) => high).sort((a, b) => a - b);
  const { unit } = first;
  const { evidence, source } = sum(present);
  const make = (value: Range): Figure => figure(value, unit, evidence, source);
  return {
    median: make({ low: percentile(lows, 0.5), high: percentile(highs, 0.5) }),
    interval: make({ low: percentile(lows, 0.05), high: percentile(highs, 0.95) }),
  };
}

function inverted({ median, interval }: Statistic): Statistic | undefined {
  if (rangeOf(interval.value).low <= 0 || rangeOf(median.value).low <= 0) return undefined;
  return { median: reciprocal(median, 'tokens/s'), interval: reciprocal(interval, 'tokens/s') };
}

function phaseOf(tokens: readonly TokenSummary[]): PhaseSummary | undefined {
  const seconds = statisticOf(tokens.map((token) => token.seconds));
  const tokensPerSecond = seconds && inverted(seconds);
  if (seconds === undefined || tokensPerSecond === undefined) return undefined;
  return {
    nTokens: tokens.length,
    nShared: tokens.filter(({ token }) => token.shared === 2).length,
    seconds,
    tokensPerSecond,
    instructions: statisticOf(tokens.map((token) => token.instructions)),
    cycles: statisticOf(tokens.map((token) => token.cycles)),
    watts: statisticOf(tokens.map((token) => token.watts)),
    joules: statisticOf(tokens.map((token) => token.joules)),
    netJoules: statisticOf(tokens.map((token) => token.netJoules)),
  };
}

/** The sum of figures that are all there; undefined where one is missing or there is none. */
function totalOf(figures: readonly (Figure | undefined)[]): Figure | undefined {
  const present = figures.filter((value) => value !== undefined);
  return present.length === 0 || present.length < figures.length ? undefined : sum(present);
}

function idleOf(record: RunFile): Figure | undefined {
  const powers = record.runs.map(({ power }) => power).filter((power) => power !== null);
  if (record.meter === null || powers.length === 0) return undefined;
  const low = Math.min(...powers.map(({ idleWatts }) => idleWatts.low));
  const high = Math.max(...powers.map(({ idleWatts }) => idleWatts.high));
  const { evidence, name, detail } = record.meter;
  return figure({ low, high }, 'W', evidence, `${name} meter (${detail})`);
}

/** A record without its headlines where it is incomplete; the tokens are shown all the same. */
export function summarize(record: RunFile): Summary {
  const tokens = record.runs.flatMap((run, i) => tokensOf(record, run, i));
  const { complete, reasons } = record.integrity;
  const prefill = tokens.filter(({ token }) => token.phase === 'prefill');
  const decode = tokens.filter(({ token }) => token.phase === 'decode');
  const nCharacters = decode.reduce((n, { token }) => n + Array.from(token.text).length, 0);
  const decodeJoules = complete ? totalOf(decode.map(({ joules }) => joules)) : undefined;
  const total = complete ? totalOf(tokens.map(({ joules }) => joules)) : undefined;
  const seconds = complete ? totalOf(tokens.map((token) => token.seconds)) : undefined;
  return {
    complete,
    reasons,
    prefill: complete ? phaseOf(prefill) : undefined,
    decode: complete ? phaseOf(decode) : undefined,
    joulesPerCharacter:
      decodeJoules && nCharacters > 0 ? scale(decodeJoules, 1 / nCharacters, 'J/character') : undefined,
    nCharacters,
    totalSeconds: seconds && scale(seconds, 1, 's'),
    totalJoules: total && scale(total, 1, 'J'),
    idleWatts: idleOf(record),
    profile: complete ? profileOf(record) : undefined,
    tokens,
  };
}

/** The largest of figures in their middle, 0 of none: the height of an axis. */
export function largest(figures: readonly (Figure | undefined)[]): number {
  return Math.max(0, ...figures.map((value) => (value === undefined ? 0 : middleOf(value))));
}
