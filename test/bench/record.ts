// What the bench records: test/bench/recorded.json, and whether figures have become worse since.
import { z } from 'zod';
import { UserError } from '../../host-tools/contracts/errors.ts';

const number = z.number();
const range = z.strictObject({ low: number, high: number });
const evidence = z.enum(['measured', 'simulated', 'estimated']);

/** A product on a core, per weight; the mean over three shapes. */
const kernelFigures = z.strictObject({
  core: z.string(),
  kernel: z.string(),
  instructions: number,
  /** null where there is neither a counter nor a table of them. */
  cycles: number.nullable(),
  cyclesAre: evidence.nullable(),
  tableBytes: number,
  flashBits: number,
  /** The roofline, in cycles or else instructions; null for the dense layer. */
  bound: number.nullable(),
  ofRoofline: number.nullable(),
  /** How much of what the dense layer costs, in the same unit. */
  toDense: number,
});

/** Time of a kernel of this computer, as a part of that of the dense layer between the same two points in time. */
const hostFigures = z.strictObject({
  form: z.string(),
  kernel: z.string(),
  /** Over rounds. */
  toDense: z.strictObject({ median: number, low: number, high: number }),
});

const operatorFigures = z.strictObject({
  name: z.string(),
  title: z.string(),
  isProduct: z.boolean(),
  share: range,
});

/** A model on a board. */
const tokenFigures = z.strictObject({
  model: z.string(),
  board: z.string(),
  clockHz: number,
  evidence,
  tokensPerSecond: range,
  decodeCycles: range,
  prefillCycles: range,
  prefillToDecode: range,
  operators: z.array(operatorFigures),
  /** Share of what is no part of a ternary product. */
  rest: range,
});

export const recordSchema = z.strictObject({
  made_by: z.literal('npm run bench -- --record'),
  compilers: z.array(z.string()),
  host: z.string(),
  kernels: z.array(kernelFigures),
  hosts: z.array(hostFigures),
  tokens: z.array(tokenFigures),
});

export type BenchRecord = z.infer<typeof recordSchema>;
export type KernelFigures = z.infer<typeof kernelFigures>;
export type HostFigures = z.infer<typeof hostFigures>;
export type TokenFigures = z.infer<typeof tokenFigures>;

/** Reads what was recorded from its text. Throws a UserError for what is no such record. */
export function parseBenchRecord(text: string | undefined, name: string): BenchRecord {
  const refuse = (what: string): never => {
    throw new UserError(
      `${name} ${what}`,
      `restore it (git checkout -- ${name}), or record anew: npm run bench -- --record`,
    );
  };
  if (text === undefined) return refuse('is missing: there is nothing to compare with');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refuse('is not JSON, or was cut off');
  }
  const { success, data, error } = recordSchema.safeParse(value);
  if (success) return data;
  const { path, message } = error.issues[0]!;
  return refuse(`is no record of the bench: ${path.join('.') || 'the record'}: ${message}`);
}

/** A figure that is better when it is smaller, under a name that says what it is. */
type Named = readonly [name: string, value: number];

/** What may not become worse. Figures of this computer's clock are left out: they are different in every run. */
function checkedFigures({ kernels, tokens }: Pick<BenchRecord, 'kernels' | 'tokens'>): Named[] {
  return [
    ...kernels
      .filter(({ bound }) => bound !== null)
      .flatMap(({ core, kernel, instructions, cycles, tableBytes, flashBits }): Named[] => [
        [`${core} ${kernel}: instructions per weight`, instructions],
        ...(cycles === null ? [] : [[`${core} ${kernel}: cycles per weight`, cycles] as const]),
        [`${core} ${kernel}: bytes of tables`, tableBytes],
        [`${core} ${kernel}: bits of flash per weight`, flashBits],
      ]),
    ...tokens.flatMap(({ model, board, decodeCycles, prefillCycles }): Named[] =>
      (['low', 'high'] as const).flatMap((end): Named[] => [
        [`${model} on ${board}: cycles per decode token, ${end}`, decodeCycles[end]],
        [`${model} on ${board}: cycles per prefill token, ${end}`, prefillCycles[end]],
      ]),
    ),
  ];
}

const toleratedPercent = 1;

/** A line for each figure that is worse than the recorded one by more than 1 %, or that nothing was recorded of. */
export function regressions(
  now: Pick<BenchRecord, 'kernels' | 'tokens'>,
  recorded: Pick<BenchRecord, 'kernels' | 'tokens'>,
): string[] {
  const before = new Map(checkedFigures(recorded));
  return checkedFigures(now).flatMap(([name, value]) => {
    const old = before.get(name);
    if (old === undefined) return [`${name}: nothing is recorded`];
    if (value <= old * (1 + toleratedPercent / 100)) return [];
    const percent = 100 * (value / old - 1);
    return [`${name}: ${shown(value)}, recorded ${shown(old)} (+${percent.toFixed(1)} %)`];
  });
}

const shown = (value: number): string => (value < 100 ? value.toFixed(4) : String(Math.round(value)));

/** Numbers with as many digits as say something, so that a record is the same wherever it is made. */
export function rounded<Of>(value: Of): Of {
  const round = (_: string, one: unknown): unknown =>
    typeof one === 'number' && !Number.isInteger(one) ? Number(one.toPrecision(6)) : one;
  return JSON.parse(JSON.stringify(value, round)) as Of;
}
