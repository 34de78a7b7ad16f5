// Where the cycles of the tokens of each phase went, by operator: sums of what was counted, and cycles and shares of them.
import type { TokenCounts } from '../emulators/counts.ts';
import { addCounts } from './counts.ts';
import type { Counts, CycleModel } from './cycle-model.ts';
import { cycleModelOf } from './cycle-models.ts';
import { figure, rangeOf, scale, sum } from './figure.ts';
import type { Figure } from './figure.ts';
import { operators, otherOperator } from './operators.ts';
import type { Profile, RunFile, TokenRecord } from './record.ts';

/** Cycles of one operator, or of several. */
export interface ProfilePart {
  name: string;
  title: string;
  isProduct: boolean;
  /** Mean over the tokens. */
  cycles: Figure;
  /** Of all cycles of the phase. */
  share: Figure;
}

export interface PhaseProfile {
  nTokens: number;
  /** In the order of operators.ts, without those that did nothing. */
  operators: readonly ProfilePart[];
  /** Everything that belongs to the products with ternary matrices, and everything that does not. */
  product: ProfilePart;
  rest: ProfilePart;
}

export interface ProfileSummary {
  prefill: PhaseProfile | undefined;
  decode: PhaseProfile | undefined;
}

export function emptyProfile(): Profile {
  return { prefill: {}, decode: {} };
}

/** Adds what was counted for a step by operator; of a pair of tokens all of it. */
export function addToProfile(
  profile: Profile,
  phase: TokenRecord['phase'],
  { operators: counted = {} }: TokenCounts,
): void {
  addSums(profile[phase], counted);
}

/** Adds the sums of another run. */
export function addProfile(profile: Profile, more: Profile): void {
  addSums(profile.prefill, more.prefill);
  addSums(profile.decode, more.decode);
}

function addSums(sums: Record<string, Counts>, more: Readonly<Record<string, Counts>>): void {
  for (const [name, counts] of Object.entries(more)) {
    const before = sums[name];
    sums[name] = before === undefined ? counts : addCounts(before, counts);
  }
}

const known = [...operators, otherOperator];

/** The operators that a record names, in the order of the table; names of another Ternlet come last. */
function namedIn(sums: Readonly<Record<string, Counts>>): Omit<ProfilePart, 'cycles' | 'share'>[] {
  const strange = Object.keys(sums).filter((name) => known.every((operator) => operator.name !== name));
  return [
    ...known.filter(({ name }) => name in sums),
    ...strange.map((name) => ({ name, title: name, isProduct: false })),
  ];
}

/** The share of cycles that is a part of all, at the low ends and at the high ends: both move together. */
function shareOf(part: Figure, all: Figure): Figure {
  const [some, whole] = [rangeOf(part.value), rangeOf(all.value)];
  const ends = [some.low / whole.low, some.high / whole.high].map((share) => 100 * share);
  const value = { low: Math.min(...ends), high: Math.max(...ends) };
  return figure(value, '%', sum([part, all]).evidence, all.source);
}

function phaseProfile(
  sums: Readonly<Record<string, Counts>>,
  nTokens: number,
  model: CycleModel,
): PhaseProfile | undefined {
  const parts = namedIn(sums).map((operator) => {
    const counts = sums[operator.name]!;
    const total = figure(model.cyclesOf(counts), 'cycles/token', model.evidence(counts), model.source);
    return { ...operator, cycles: scale(total, 1 / nTokens) };
  });
  if (nTokens === 0 || parts.length === 0) return undefined;
  const all = sum(parts.map(({ cycles }) => cycles));
  const withShare = (part: Omit<ProfilePart, 'share'>): ProfilePart => ({
    ...part,
    share: shareOf(part.cycles, all),
  });
  const nothing = figure(0, 'cycles/token', all.evidence, all.source);
  const together = (name: string, title: string, isProduct: boolean): ProfilePart => {
    const members = parts.filter((part) => part.isProduct === isProduct).map(({ cycles }) => cycles);
    return withShare({ name, title, isProduct, cycles: sum([nothing, ...members]) });
  };
  return {
    nTokens,
    operators: parts.map(withShare),
    product: together('product', 'ternary products', true),
    rest: together('rest', 'everything else', false),
  };
}

/** What a record's profile says; undefined where it has none. */
export function profileOf(record: Pick<RunFile, 'profile' | 'timing' | 'runs'>): ProfileSummary | undefined {
  const { profile, timing, runs } = record;
  if (profile === undefined || timing.kind !== 'counted') return undefined;
  const model = cycleModelOf(timing);
  const tokens = runs.flatMap((run) => run.tokens);
  const of = (phase: TokenRecord['phase']): PhaseProfile | undefined =>
    phaseProfile(profile[phase], tokens.filter((token) => token.phase === phase).length, model);
  return { prefill: of('prefill'), decode: of('decode') };
}
