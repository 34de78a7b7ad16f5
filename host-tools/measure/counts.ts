// Counts of tokens as a record holds them: their shape, sums of them, and the half that each token of a pair is given.
import { z } from 'zod';
import type { TokenCounts } from '../emulators/counts.ts';
import type { Counts } from './cycle-model.ts';

const count = z.int().min(0);

/** emulators/counts.ts says what each figure is. */
const instructionFields = {
  instructions: count,
  classes: z.strictObject({
    load: count,
    store: count,
    ldm_stm: count,
    mul: count,
    div: count,
    branch: count,
    dsp: count,
    fp: count,
    other: count,
  }),
  taken: count,
  pipelined: count,
  loadUse: count.optional(),
  ldmRegisters: count,
  flashReads: count,
  flashLines: count,
  codeLines: count,
  ramReads: count,
  ramWrites: count,
  pipeline: z
    .strictObject({
      addressWaits: count,
      writeBackWaits: count,
      registerStores: count,
      behindStores: count,
      acrossWords: count,
      literals: count,
      folds: count,
    })
    .optional(),
};
const cycleFields = { instructions: count, cycles: count, flashLines: count.optional() };

/** What an emulator counted for one token. */
export const countsSchema = z.union([
  z.strictObject({ ...instructionFields, isr: count }),
  z.strictObject({ ...cycleFields, isr: count }),
]);

/** The same of some tokens and of one operator. */
export const operatorCountsSchema: z.ZodType<Counts> = z.union([
  z.strictObject(instructionFields),
  z.strictObject(cycleFields),
]);

/** A token's counts without those of operators. */
export type RecordedCounts = z.infer<typeof countsSchema>;

export function withoutOperators({ operators: _, ...counts }: TokenCounts): RecordedCounts {
  return counts;
}

/** Changes each figure, wherever it stands: a figure that is an object is a group of figures. */
function mapFigures<Of extends object>(
  counts: Of,
  change: (value: number, path: readonly string[]) => number,
): Of {
  const map = (group: object, path: readonly string[]): object =>
    Object.fromEntries(
      Object.entries(group).flatMap(([name, value]: [string, number | object | undefined]) => {
        if (value === undefined) return [];
        const place = [...path, name];
        return [[name, typeof value === 'number' ? change(value, place) : map(value, place)] as const];
      }),
    );
  return map(counts, []) as Of;
}

/** The figure at a path; 0 where there is none. */
function figureAt(counts: object, path: readonly string[]): number {
  const value = path.reduce<unknown>(
    (at, name) => (typeof at === 'object' ? (at as Record<string, unknown>)[name] : undefined),
    counts,
  );
  return typeof value === 'number' ? value : 0;
}

/** Both are of one kind: the figures of `a` are those of the sum. */
export function addCounts<Of extends Counts>(a: Of, b: Of): Of {
  return mapFigures(a, (value, path) => value + figureAt(b, path));
}

/**
 * The half of each token of a pair, which add up to the whole. Half units go to the second token, but within a group they go to one
 * and the other in turn, so that a group still adds up to what its sum says.
 */
export function halves(counts: RecordedCounts): [RecordedCounts, RecordedCounts] {
  const owed = new Map<string, number>();
  const first = mapFigures(counts, (value, path) => {
    const group = path.slice(0, -1).join('.');
    const carried = group === '' ? value : value + (owed.get(group) ?? 0);
    owed.set(group, carried % 2);
    return Math.floor(carried / 2);
  });
  return [first, mapFigures(counts, (value, path) => value - figureAt(first, path))];
}
