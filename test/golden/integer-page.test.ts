// The examples and tables of docs/integer.md are what the code computes; `npm run golden` rewrites them for review.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fixed from '../../host-tools/compiler/fixed.ts';
import { checksum, interpret } from '../../host-tools/compiler/interpret.ts';
import * as op from '../../host-tools/compiler/operators.ts';
import { readImage } from '../../host-tools/compiler/read-image.ts';
import { sample, seededRandom, weigh, weightBits } from '../../host-tools/compiler/sampler.ts';
import * as contract from '../../host-tools/contracts/image.ts';
import * as tables from '../../host-tools/contracts/tables.ts';
import { assertPage, block, fieldRows, table } from '../support/page-tables.ts';
import { compileFolder } from '../support/small-image.ts';
import { root } from '../support/sources.ts';

type Scale = fixed.Scale;

const s16 = (values: number[]): Int16Array => Int16Array.from(values);
const s32 = (values: number[]): Int32Array => Int32Array.from(values);
const weights = (values: number[], unit: Scale): op.WeightVector => ({ values: s16(values), unit });

/** The parts of a result in the order in which the page names them. */
function parts(result: object): unknown[] {
  return Object.values(result) as unknown[];
}

/** What an example can call; a scale is written (m, e), a vector [a, b]. */
const functions: Readonly<Record<string, (...args: never[]) => unknown>> = {
  roundShift: fixed.roundShift,
  mulWeight: fixed.mulWeight,
  mulFraction: fixed.mulFraction,
  saturatingShiftLeft: fixed.saturatingShiftLeft,
  bitLength: fixed.bitLength,
  normalize: fixed.normalize,
  mulScale: fixed.mulScale,
  addScale: fixed.addScale,
  shiftScale: fixed.shiftScale,
  powerOfTwo: fixed.powerOfTwo,
  squareRoot: fixed.squareRoot,
  reciprocal: fixed.reciprocal,
  reciprocalRoot: fixed.reciprocalRoot,
  scaleOf: fixed.scaleOf,
  widen: (x: number[]) => parts(op.widen(s32(x))),
  narrow: (x: number[]) => parts(op.narrow(s32(x))),
  mulWide: (x: number[], w: number[]) => parts(op.mulWide(s32(x), s16(w))),
  squareShift: op.squareShift,
  meanOfSquares: (x: number[], inverse: Scale) => op.meanOfSquares(s32(x), inverse),
  crcOf: (name: keyof typeof tables) => contract.crc32(new Uint8Array(tables[name].buffer)),
  sigmoid: op.sigmoid,
  silu: op.silu,
  powerOfHalf: op.powerOfHalf,
  rmsNorm: (x: number[], w: number[], unit: Scale, inverse: Scale, normEps: Scale, linearEps: Scale) =>
    parts(op.rmsNorm(s32(x), weights(w, unit), inverse, normEps, linearEps)),
  quantize: (values: number[], unit: Scale, meanSquare: Scale, w: number[], wUnit: Scale) =>
    parts(op.quantize({ values: s32(values), unit, meanSquare }, weights(w, wUnit))),
  matVec: (trits: number[], q: number[]) => op.matVec(Int8Array.from(trits), Int8Array.from(q)),
  spread: op.sumShift,
  scaleRows: (sums: number[], columns: number, digits: number, rowScales: number[]) =>
    op.scaleRows(s32(sums), columns, digits, Uint16Array.from(rowScales)),
  rowOfDigits: (trits: number[], digits: number) => op.rowOfDigits(Int8Array.from(trits), digits),
  toQ16: (sums: number[], room: number, unit: Scale) => op.toQ16(s32(sums), room, unit),
  forgetSpan: (gate: number[], bound: number[] | null) =>
    op.forgetSpan(s32(gate), bound === null ? undefined : Uint16Array.from(bound)),
  recur: (state: number[], span: number[], input: number[]) => {
    const h = s32(state);
    op.recur(h, Uint16Array.from(span), s32(input));
    return h;
  },
  gatedUnit: (a: number[], b: number[], unit: Scale) => parts(op.gatedUnit(s32(a), s32(b), unit)),
  gatedNorm: (
    ...[sums, unit, w, wUnit, h, inverse, eps]: [number[], Scale, number[], Scale, number[], Scale, Scale]
  ) => parts(op.gatedNorm(s32(sums), unit, weights(w, wUnit), s32(h), inverse, eps)),
  embed: (row: number[], rowScale: number, shift: number) => op.embed(s16(row), rowScale, shift),
  draws: (seed: number, n: number) => {
    const random = seededRandom(seed);
    return Array.from({ length: n }, random);
  },
  weightBits,
  weigh: (logits: number[], scale: Scale, temperature: number) =>
    weigh({ values: s32(logits), scale }, temperature),
  sampled: (
    ...[logits, scale, temperatureMilli, topK, topPMilli, seed, n]: [
      number[],
      Scale,
      number,
      number,
      number,
      number,
      number,
    ]
  ) => {
    const random = seededRandom(seed);
    const options = { temperatureMilli, topK, topPMilli };
    return Array.from({ length: n }, () => sample({ values: s32(logits), scale }, options, random));
  },
};

/** As the page writes a result. */
function show(value: unknown): string {
  if (typeof value === 'number') return value.toString();
  if (ArrayBuffer.isView(value)) return show(Array.from(value as Int32Array));
  if (Array.isArray(value)) return `[${value.map(show).join(', ')}]`;
  const { m, e } = value as Scale;
  return `(${m}, ${e})`;
}

/** `name(arguments) = result` with the result that the code gives. */
function evaluate(line: string): string {
  const [, call, name, args] = /^((\w+)\((.*)\)) = .*$/.exec(line) ?? [];
  if (call === undefined) throw new Error(`not an example: ${line}`);
  const json = args!.replace(/\((\d+), (-?\d+)\)/g, '{"m":$1,"e":$2}').replace(/\b[a-z]+Table\b/gi, '"$&"');
  const apply = functions[name!] as (...given: unknown[]) => unknown;
  return `${call} = ${show(apply(...(JSON.parse(`[${json}]`) as unknown[])))}`;
}

function kindRows(): string {
  const letters: Record<string, string> = {
    vocab: 'V',
    hidden: 'H',
    inner: 'D',
    intermediate: 'I',
    gates: '2I',
    one: '1',
  };
  const rows = [...contract.outerTensors.first, ...contract.layerTensors, ...contract.outerTensors.last];
  return rows
    .map(([kind, holds, n_rows, n_cols]) => {
      const size = `${letters[n_rows]} × ${letters[n_cols]}`;
      return `| ${contract.tensorKinds[kind]} | ${kind} | ${size} | ${holds} |`;
    })
    .join('\n');
}

/** Checksums of the first tokens of oracle-a. */
async function oracleLines(): Promise<string> {
  const folder = join(root, 'test/fixtures/oracle-a');
  const { tokens } = JSON.parse(readFileSync(join(folder, 'oracle.json'), 'utf8')) as { tokens: number[] };
  const seen: string[] = [];
  const hex = (value: number): string => value.toString(16).padStart(8, '0');
  const image = readImage(compileFolder(folder, { embeddingBits: 16 }));
  const interpreter = interpret(image, (_, sum) => seen.push(hex(sum)));
  const lines = tokens.slice(0, 4).map((token) => {
    seen.length = 0;
    const { values, scale } = interpreter.step(token)!;
    return `token ${token}: layers ${seen.join(' ')}, logits ${hex(checksum(values))} ${show(scale)}`;
  });
  return lines.join('\n');
}

describe('docs/integer.md', () => {
  it('says what the code computes', async () => {
    const oracle = await oracleLines();
    await assertPage('docs/integer.md', [
      block('examples', (lines) => lines.map(evaluate).join('\n')),
      block('oracle-a', () => oracle),
      table('offset', 'header', fieldRows(contract.headerFields)),
      table('offset', 'entry', fieldRows(contract.entryFields)),
      table('offset', 'tokenizer', fieldRows(contract.tokenizerFields)),
      table('kind', 'tensor', kindRows()),
    ]);
  });
});
