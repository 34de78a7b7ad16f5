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
  mulScaleFloor: fixed.mulScaleFloor,
  mulFraction: fixed.mulFraction,
  saturate: fixed.saturate,
  saturatingShiftLeft: fixed.saturatingShiftLeft,
  bitLength: fixed.bitLength,
  bitsOf: (x: number[]) => fixed.bitsOf(s32(x)),
  normalize: fixed.normalize,
  normalizeLong: fixed.normalizeLong,
  mulScale: fixed.mulScale,
  addScale: fixed.addScale,
  shiftScale: fixed.shiftScale,
  powerOfTwo: fixed.powerOfTwo,
  squareRoot: fixed.squareRoot,
  reciprocal: fixed.reciprocal,
  reciprocalRoot: fixed.reciprocalRoot,
  scaleOf: fixed.scaleOf,
  widen: (x: number[]) => parts(op.widen(s32(x))),
  squareSum: (x: number[]) => op.squareSum(s32(x)),
  crcOf: (name: keyof typeof tables) => contract.crc32(new Uint8Array(tables[name].buffer)),
  sigmoid: op.sigmoid,
  silu: op.silu,
  powerOfHalf: op.powerOfHalf,
  quantizeTo8: (z: number[]) => parts(op.quantizeTo8(s32(z))),
  quantize: (
    ...[x, unit, outer, outerUnit, w, wUnit, inverseLength, linearEps, normEps]: [
      number[],
      Scale,
      number[] | null,
      Scale | null,
      number[],
      Scale,
      Scale,
      Scale,
      Scale | null,
    ]
  ) =>
    parts(
      op.quantize(
        { values: s32(x), unit },
        outer && outerUnit ? weights(outer, outerUnit) : undefined,
        weights(w, wUnit),
        { inverseLength, linearEps, normEps: normEps ?? undefined },
      ),
    ),
  matVec: (trits: number[], q: number[]) => op.matVec(Int8Array.from(trits), Int8Array.from(q)),
  spread: op.sumShift,
  scaleRows: (sums: number[], columns: number, digits: number, rowScales: number[]) =>
    op.scaleRows(s32(sums), columns, digits, s16(rowScales)),
  rowOfDigits: (trits: number[], digits: number) => op.rowOfDigits(Int8Array.from(trits), digits),
  toQ16: (value: number, room: number, scale: Scale) => op.toQ16(value, { room, scale }),
  recur: (
    ...[state, gate, gateRoom, gateScale, bound, input, inputRoom, inputScale]: [
      number[],
      number[],
      number,
      Scale,
      number[] | null,
      number[],
      number,
      Scale,
    ]
  ) => {
    const h = s32(state);
    const out = op.recur(
      h,
      { values: s32(gate), unit: { room: gateRoom, scale: gateScale } },
      bound === null ? undefined : Uint16Array.from(bound),
      { values: s32(input), unit: { room: inputRoom, scale: inputScale } },
    );
    return [h, out];
  },
  gate: (a: number[], b: number[], unit: Scale) => parts(op.gate(s32(a), s32(b), unit)),
  reciprocalRms: (x: number[], unit: Scale, inverse: Scale, epsilon: Scale) =>
    op.reciprocalRms({ values: s32(x), unit }, inverse, epsilon),
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
