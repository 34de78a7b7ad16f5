// The record of a run: what ran, what it wrote, when, and at what power; JSON, versioned. docs/measuring.md describes it.
import { z } from 'zod';
import { UserError } from '../contracts/errors.ts';
import { countsSchema, operatorCountsSchema } from './counts.ts';
import { cycleModelNames, cycleModelOf } from './cycle-models.ts';
import { halfPair, stepsOf } from './pairs.ts';

export const recordFormat = 'ternlet-record';
export const recordVersion = 1;

const count = z.int().min(0);
const finite = z.number();
const evidence = z.enum(['measured', 'simulated', 'estimated']);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'is no SHA-256 in lower-case hexadecimal');
const range = z
  .strictObject({ low: finite, high: finite })
  .refine(({ low, high }) => low <= high, 'has its ends exchanged');

const tokenSchema = z.strictObject({
  index: count,
  phase: z.enum(['prefill', 'decode']),
  /** The token that went in. */
  id: count,
  /** The token that was sampled; null while the prompt is read, and for the end token. */
  output: count.nullable(),
  /** What the output adds to the text. */
  text: z.string(),
  /** Device time when its work was done, in microseconds; of an emulated board: virtual time. */
  deviceTimeUs: finite.min(0),
  /** From token in to logits ready on the same clock, in microseconds; of a pair: half of its step. */
  stepUs: finite.min(0),
  /** 2 for both tokens of a pair that was read in one step: each has half of its counts, of its window and of its time. */
  shared: z.union([z.literal(1), z.literal(2)]).optional(),
  counts: countsSchema.optional(),
});

const sampleSchema = z.strictObject({
  timeUs: finite,
  volts: finite,
  amps: z.union([finite, range]),
  markers: z.int().min(-1),
});

const powerSchema = z.strictObject({
  /** How samples and tokens were brought together. */
  alignment: z.enum(['markers', 'device-time']),
  /** One for each token, in order: its time on the meter's clock and the mean power in it, in watts. */
  windows: z.array(z.strictObject({ startUs: finite, endUs: finite, watts: range })),
  /** Mean power while nothing runs, in watts. */
  idleWatts: range,
  /** Samples to draw; values hold until the next. All samples of a model, a thinned selection of an instrument's. */
  curve: z.array(sampleSchema),
});

const runSchema = z.strictObject({
  prompt: z.string(),
  /** What was written, without the prompt. */
  output: z.string(),
  /** Why it ended; `max-tokens` is a story that was cut. */
  ended: z.enum(['end', 'max_tokens', 'stopped']),
  tokens: z.array(tokenSchema),
  power: powerSchema.nullable(),
});

export const recordSchema = z.strictObject({
  format: z.literal(recordFormat),
  version: z.literal(recordVersion),
  tool: z.strictObject({ name: z.string(), version: z.string() }),
  /** When, as ISO 8601 in UTC. */
  taken: z.iso.datetime(),
  board: z.strictObject({ name: z.string(), title: z.string(), clockHz: count, emulated: z.boolean() }),
  firmware: z.strictObject({
    buildId: z.string(),
    /** Of the whole binary, where the host has it. */
    sha256: sha256.nullable(),
    compiler: z.strictObject({ name: z.string(), version: z.string(), flags: z.string() }).nullable(),
  }),
  image: z.strictObject({ bytes: count, crc32: z.string().regex(/^[0-9a-f]{8}$/), sha256 }),
  model: z.strictObject({
    name: z.string(),
    /** Of the weights that the image was compiled from; null for an image from elsewhere. */
    checkpointSha256: sha256.nullable(),
    tokenizer: z.string(),
  }),
  sampler: z.strictObject({
    temperature: finite.min(0),
    topK: count,
    topP: finite.min(0).max(1),
    seed: count,
    maxTokens: count,
  }),
  timing: z.discriminatedUnion('kind', [
    /** Times come from `counts` by a model of this repository. */
    z.strictObject({
      kind: z.literal('counted'),
      model: z.enum(cycleModelNames),
      /** What of the board goes into the model, where it needs that. */
      surroundings: z
        .strictObject({
          cores: z.int().min(1),
          flashLine: z.strictObject({ cycles: range, source: z.string() }),
        })
        .optional(),
    }),
    /** Times are `stepUs`. */
    z.strictObject({ kind: z.literal('clock'), evidence, source: z.string() }),
  ]),
  meter: z.strictObject({ name: z.string(), detail: z.string(), evidence, error: z.string() }).nullable(),
  runs: z.array(runSchema),
  /** Sums over the tokens of each phase by operator, as operators.ts names them; left out where no profile was asked for. */
  profile: z
    .strictObject({
      prefill: z.record(z.string(), operatorCountsSchema),
      decode: z.record(z.string(), operatorCountsSchema),
    })
    .optional(),
  integrity: z.strictObject({ complete: z.boolean(), reasons: z.array(z.string()) }),
});

export type TokenRecord = z.infer<typeof tokenSchema>;
export type RunRecord = z.infer<typeof runSchema>;
export type PowerRecord = z.infer<typeof powerSchema>;
export type RunFile = z.infer<typeof recordSchema>;
export type Profile = NonNullable<RunFile['profile']>;

/** Counts that its cycle model does not compute with. */
function foreignCounts({ timing, runs, profile }: RunFile): string | undefined {
  if (timing.kind !== 'counted') return profile && 'it has a profile without counts';
  if (timing.model === 'cortex-m0plus' && timing.surroundings === undefined)
    return 'it does not say what surrounds its core';
  const counts = runs.flatMap(({ tokens }) => tokens.flatMap((token) => token.counts ?? []));
  const parts = Object.values(profile ?? {}).flatMap((phase) => Object.values(phase));
  const { fits } = cycleModelOf(timing);
  const foreign = [...counts, ...parts].some((one) => !fits(one));
  return foreign ? `it has counts that ${timing.model} does not compute with` : undefined;
}

/** A profile tells all of its tokens' instructions apart, and no others. */
function lostInstructions({ runs, profile }: RunFile): string | undefined {
  if (profile === undefined) return undefined;
  const sum = (all: readonly { instructions: number }[]): number =>
    all.reduce((total, { instructions }) => total + instructions, 0);
  const tokens = runs.flatMap((run) => run.tokens);
  for (const phase of ['prefill', 'decode'] as const) {
    const whole = sum(tokens.flatMap((token) => (token.phase === phase && token.counts) || []));
    const parts = sum(Object.values(profile[phase]));
    if (parts !== whole) return `its ${phase} profile has ${parts} instructions, its tokens ${whole}`;
  }
  return undefined;
}

/** The contradictions that a record must not have although each of its fields is well formed. */
function contradiction(record: RunFile): string | undefined {
  const { complete, reasons } = record.integrity;
  const foreign = foreignCounts(record);
  if (foreign !== undefined) return foreign;
  if (complete !== (reasons.length === 0)) return 'it says complete and incomplete at once';
  if (complete && record.runs.every(({ tokens }) => tokens.length === 0))
    return 'it says complete but has no token';
  const lost = complete ? lostInstructions(record) : undefined;
  if (lost !== undefined) return lost;
  for (const { tokens, power } of record.runs) {
    const misplaced = tokens.findIndex(({ index }, i) => index !== i);
    if (misplaced >= 0) return `token ${tokens[misplaced]!.index} stands at place ${misplaced}`;
    const early = tokens.findIndex(
      ({ deviceTimeUs }, i) => deviceTimeUs < (tokens[i - 1]?.deviceTimeUs ?? 0),
    );
    if (early >= 0) return `token ${early} is done before the one ahead of it`;
    const prompted = tokens.findIndex(
      ({ phase }, i) => phase === 'prefill' && tokens[i - 1]?.phase === 'decode',
    );
    if (prompted >= 0) return `token ${prompted} is of the prompt but comes after one that was written`;
    const half = halfPair(tokens);
    if (complete && half >= 0) return `token ${half} shares its step with no other`;
    const mixed = stepsOf(tokens).find(([one, other]) => other !== undefined && one!.phase !== other.phase);
    if (mixed) return `tokens ${mixed[0]!.index} and ${mixed[1]!.index} share a step but not a phase`;
    if (record.timing.kind === 'counted') {
      const uncounted = tokens.findIndex(({ counts }) => counts === undefined);
      if (complete && uncounted >= 0) return `token ${uncounted} has no counts`;
    }
    if (power === null) continue;
    if (record.meter === null) return 'it has power without a meter';
    if (power.windows.length !== tokens.length) {
      return `it has ${power.windows.length} power windows for ${tokens.length} tokens`;
    }
    const backward = power.windows.findIndex(
      ({ startUs: from, endUs }, i) => from > endUs || from < (power.windows[i - 1]?.endUs ?? from),
    );
    if (backward >= 0) return `the power window of token ${backward} runs backward`;
  }
  return undefined;
}

const hint = 'ternlet measure writes records';

function header(value: unknown, name: string): void {
  const { format, version } = (typeof value === 'object' && value !== null ? value : {}) as Record<
    string,
    unknown
  >;
  if (format !== recordFormat) throw new UserError(`${name} is no Ternlet record`, hint);
  if (typeof version !== 'number') throw new UserError(`${name} is a Ternlet record without a version`, hint);
  if (version !== recordVersion) {
    throw new UserError(
      `${name} is a record of version ${version}; this Ternlet reads version ${recordVersion}`,
      version > recordVersion ? 'use the Ternlet that wrote it, or a newer one' : hint,
    );
  }
}

/** What is wrong: of a choice, what is wrong with the one that comes nearest. */
function innermost(issue: z.core.$ZodIssue): { where: string[]; what: string } {
  const where = issue.path.map(String);
  const choices = issue.code === 'invalid_union' ? [...issue.errors] : [];
  const [nearest] = choices.sort((a, b) => a.length - b.length)[0] ?? [];
  if (nearest === undefined) return { where, what: issue.message };
  const inner = innermost(nearest);
  return { where: [...where, ...inner.where], what: inner.what };
}

/** Reads a record from its text; `name` is said in errors. A record that contradicts itself is refused. */
export function parseRecord(text: string, name: string): RunFile {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    const cut = text.trimStart().startsWith('{') && !text.trimEnd().endsWith('}');
    throw new UserError(`${name} is ${cut ? 'a record that was cut off' : 'not JSON'}`, hint);
  }
  header(value, name);
  const result = recordSchema.safeParse(value);
  if (!result.success) {
    const { where, what } = innermost(result.error.issues[0]!);
    throw new UserError(`${name} is a broken record: ${where.join('.') || 'the record'}: ${what}`, hint);
  }
  const wrong = contradiction(result.data);
  if (wrong !== undefined) throw new UserError(`${name} is a record that contradicts itself: ${wrong}`, hint);
  return result.data;
}

/** The text of a record; equal records give equal text. A record that could not be read again is a bug. */
export function formatRecord(record: RunFile): string {
  const text = `${JSON.stringify(recordSchema.parse(record), null, 1)}\n`;
  const wrong = contradiction(record);
  if (wrong !== undefined) throw new Error(`A record contradicts itself: ${wrong}.`);
  return text;
}
