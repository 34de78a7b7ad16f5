// What a model of a core is: cycles of a token's work as a range, computed from what an emulator counted, with sources.
import type { CycleCounts, InstructionCounts } from '../emulators/counts.ts';
import { figure } from './figure.ts';
import type { Evidence, Figure, Range } from './figure.ts';

/** Cycles, and the lines of flash that the core waited for on top of them where the emulator has counted those, too. */
export type CountedCycles = CycleCounts & { flashLines?: number | undefined };

/** What was counted of a token's work, or of one operator's part of it. */
export type Counts = InstructionCounts | CountedCycles;

/** What a thing adds to the cycles of the basis: at best, and at worst. */
export interface CycleParameter<Of extends Counts = Counts> {
  readonly adds: Range;
  /** What it is counted in. */
  readonly per: string;
  readonly source: string;
  /** How often it occurs. */
  readonly times: (counts: Of) => number;
}

export interface CycleModel {
  readonly name: string;
  /** The core, for people. */
  readonly core: string;
  /** What there is before anything is added, for people. */
  readonly basis: string;
  readonly parameters: readonly Omit<CycleParameter, 'times'>[];
  readonly source: string;
  /** `simulated` where an emulator has counted the cycles themselves and nothing is left that could add to them. */
  readonly evidence: (counts: Counts) => Evidence;
  /** Whether counts are of the kind that it computes with. */
  readonly fits: (counts: Counts) => boolean;
  /** Linear: the cycles of sums of counts are the sums of their cycles. */
  readonly cyclesOf: (counts: Counts) => Range;
}

interface Parts<Of extends Counts> extends Omit<CycleModel, 'parameters' | 'cyclesOf' | 'fits'> {
  readonly parameters: readonly CycleParameter<Of>[];
  readonly fits: (counts: Counts) => counts is Of;
  readonly cyclesBefore: (counts: Of) => number;
}

/** A model that adds its parameters up. What it is not made for is a bug: a record says which model its counts belong to. */
export function linearModel<Of extends Counts>(parts: Parts<Of>): CycleModel {
  const { fits, cyclesBefore, ...rest } = parts;
  return {
    ...rest,
    fits,
    cyclesOf(counts) {
      if (!fits(counts)) throw new Error(`The cycle model ${parts.name} was given counts of another kind.`);
      const before = cyclesBefore(counts);
      const cycles = { low: before, high: before };
      for (const { adds, times } of parts.parameters) {
        cycles.low += times(counts) * adds.low;
        cycles.high += times(counts) * adds.high;
      }
      return cycles;
    },
  };
}

export function isInstructionCounts(counts: Counts): counts is InstructionCounts {
  return 'classes' in counts;
}

export function cyclesFigure(model: CycleModel, counts: Counts): Figure {
  return figure(model.cyclesOf(counts), 'cycles/token', model.evidence(counts), model.source);
}

export function isCountedCycles(counts: Counts): counts is CountedCycles {
  return 'cycles' in counts;
}
