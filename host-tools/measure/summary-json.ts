// What `ternlet measure --json` prints about a record: its headline figures, each with unit, evidence and source.
import { rangeOf } from './figure.ts';
import type { Figure, Range } from './figure.ts';
import type { PhaseProfile, ProfilePart, ProfileSummary } from './profile.ts';
import type { RunFile } from './record.ts';
import type { PhaseSummary, Statistic, Summary } from './summarize.ts';

interface FigureJson extends Range {
  unit: string;
  evidence: string;
  source: string;
  /** The 5th to the 95th percentile of the tokens, where the figure is their median. */
  tokens?: Range;
}

function figureJson(figure: Figure | undefined): FigureJson | null {
  if (figure === undefined) return null;
  const { unit, evidence, source } = figure;
  return { ...rangeOf(figure.value), unit, evidence, source };
}

function statisticJson(statistic: Statistic | undefined): FigureJson | null {
  const median = figureJson(statistic?.median);
  return median && { ...median, tokens: rangeOf(statistic!.interval.value) };
}

function phaseJson(phase: PhaseSummary | undefined): Record<string, unknown> | null {
  if (phase === undefined) return null;
  return {
    tokens: phase.nTokens,
    tokens_in_pairs: phase.nShared,
    tokens_per_second: statisticJson(phase.tokensPerSecond),
    seconds_per_token: statisticJson(phase.seconds),
    joules_per_token: statisticJson(phase.joules),
    joules_per_token_idle_subtracted: statisticJson(phase.netJoules),
    watts: statisticJson(phase.watts),
    instructions_per_token: statisticJson(phase.instructions),
    cycles_per_token: statisticJson(phase.cycles),
  };
}

function partJson({ title, isProduct, cycles, share }: ProfilePart): Record<string, unknown> {
  return {
    operator: title,
    is_product: isProduct,
    cycles_per_token: figureJson(cycles),
    share: figureJson(share),
  };
}

function profileJson(profile: ProfileSummary | undefined): Record<string, unknown> | null {
  if (profile === undefined) return null;
  const of = (phase: PhaseProfile | undefined): Record<string, unknown> | null =>
    phase === undefined
      ? null
      : {
          tokens: phase.nTokens,
          operators: phase.operators.map(partJson),
          product: partJson(phase.product),
          rest: partJson(phase.rest),
        };
  return { prefill: of(profile.prefill), decode: of(profile.decode) };
}

/** One JSON document; `places` says where record and report were written. */
export function summaryJson(
  record: RunFile,
  summary: Summary,
  places: { record: string; report: string },
): Record<string, unknown> {
  return {
    model: record.model.name,
    board: record.board.name,
    emulated: record.board.emulated,
    complete: summary.complete,
    reasons: summary.reasons,
    prefill: phaseJson(summary.prefill),
    decode: phaseJson(summary.decode),
    joules_per_character: figureJson(summary.joulesPerCharacter),
    seconds: figureJson(summary.totalSeconds),
    joules: figureJson(summary.totalJoules),
    idle_watts: figureJson(summary.idleWatts),
    profile: profileJson(summary.profile),
    runs: record.runs.map(({ prompt, output, ended }) => ({ prompt, output, ended })),
    ...places,
  };
}
