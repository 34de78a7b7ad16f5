// The integer forward pass against the official logits and the float engine, and what it must always be: equal.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { assert } from 'chai';
import { readCheckpoint } from '../../host-tools/compiler/checkpoint.ts';
import { scaleToNumber } from '../../host-tools/compiler/fixed.ts';
import { checksum, interpret } from '../../host-tools/compiler/interpret.ts';
import { buildIr } from '../../host-tools/compiler/ir.ts';
import { readImage } from '../../host-tools/compiler/read-image.ts';
import { argMax } from '../../host-tools/compiler/sampler.ts';
import { openFloatEngine } from '../../host-tools/engines/float.ts';
import {
  randomCheckpoint,
  randomNumbers,
  writeCheckpoint,
  type RandomShape,
} from '../support/random-checkpoint.ts';
import { compileFolder, type ImageOptions } from '../support/small-image.ts';
import { root } from '../support/sources.ts';
import { temporaryFolder } from '../support/temporary.ts';

const oracleFolder = join(root, 'test/fixtures/oracle-a');
const oracle = JSON.parse(readFileSync(join(oracleFolder, 'oracle.json'), 'utf8')) as {
  tokens: number[];
  logits: number[][];
};

/** Logits at every position, as real numbers. */
function integerLogits(folder: string, tokens: readonly number[], options: ImageOptions): number[][] {
  const interpreter = interpret(readImage(compileFolder(folder, options)));
  return tokens.map((token) => {
    const { values, scale } = interpreter.step(token)!;
    return Array.from(values, (value) => value * scaleToNumber(scale));
  });
}

async function floatLogits(folder: string, tokens: readonly number[]): Promise<number[][]> {
  const engine = openFloatEngine(buildIr(readCheckpoint(folder)));
  const rows: number[][] = [];
  for (const token of tokens) rows.push([...(await engine.step(token))]);
  return rows;
}

interface Distance {
  mean: number;
  max: number;
  /** Positions whose largest logit is the same token. */
  sameArgMax: number;
  /** Largest float gap between the first and the second where it is another. */
  lostGap: number;
}

function distance(found: readonly number[][], wanted: readonly number[][]): Distance {
  const errors = wanted.flatMap((row, i) => row.map((value, j) => Math.abs(value - found[i]![j]!)));
  const lost = wanted.filter((row, i) => argMax(row) !== argMax(found[i]!));
  const gap = (row: readonly number[]): number => {
    const [first = 0, second = 0] = [...row].sort((a, b) => b - a);
    return first - second;
  };
  return {
    mean: errors.reduce((sum, error) => sum + error, 0) / errors.length,
    max: errors.reduce((most, error) => Math.max(most, error), 0),
    sameArgMax: wanted.length - lost.length,
    lostGap: Math.max(0, ...lost.map(gap)),
  };
}

describe('interpret on the official logits', () => {
  for (const embeddingBits of [8, 16] as const)
    for (const weights of ['t2', 't5'] as const)
      it(`is within the limits of a fixed-point implementation with e${embeddingBits} and ${weights}`, () => {
        const found = distance(
          integerLogits(oracleFolder, oracle.tokens, { embeddingBits, weights }),
          oracle.logits,
        );
        assert.isAtMost(found.mean, 0.1);
        assert.isAtMost(found.max, 0.8);
        assert.isAtLeast(found.sameArgMax, 58);
        assert.isBelow(found.lostGap, 0.6);
      });
});

const digits = (n: number, more: object = {}) => ({
  tie_word_embeddings: true,
  ternlet: { embedding_digits: n, ...more },
});

describe('interpret on other shapes', () => {
  const folder = temporaryFolder();
  const cases: [string, RandomShape['config']][] = [
    ['an ordinary small model', {}],
    ['several heads', { num_heads: 4 }],
    ['no lower bounds', { use_lower_bound: false }],
    ['a wider token mixer', { use_lower_bound: false, expand_ratio: 1.5 }],
    ['a narrower token mixer', { use_lower_bound: false, expand_ratio: 0.75 }],
    ['odd sizes', { hidden_size: 37, intermediate_size: 53, vocab_size: 301, num_hidden_layers: 3 }],
    ['tied embeddings', { tie_word_embeddings: true }],
    ['an embedding of one digit', digits(1)],
    ['an embedding of two digits', digits(2)],
    ['an embedding of three digits', digits(3)],
    ['row scales', { ternlet: { row_scales: true } }],
    ['row scales and an embedding of two digits', digits(2, { row_scales: true })],
    ['two digits everywhere', digits(2, { row_scales: true, weight_digits: 2 })],
    ['three digits and a head of its own', { ternlet: { row_scales: true, weight_digits: 3 } }],
    ['one layer with bounds', { num_hidden_layers: 1 }],
    ['another epsilon', { rms_norm_eps: 0.01 }],
    ['a wide model', { hidden_size: 300, intermediate_size: 700, vocab_size: 60, num_hidden_layers: 1 }],
  ];
  for (const [what, config] of cases)
    it(`stays near the float engine with ${what}`, async () => {
      const home = join(folder, what.replaceAll(' ', '-'));
      const next = randomNumbers(9);
      const means: number[] = [];
      // One flip of an int8 activation moves a small random model much; three of them say more than one.
      for (const seed of [1, 2, 3]) {
        const checkpoint = randomCheckpoint({ seed, ...(config && { config }) });
        writeCheckpoint(home, checkpoint);
        const tokens = Array.from({ length: 24 }, () => Math.floor(next() * checkpoint.config.vocab_size));
        const wanted = await floatLogits(home, tokens);
        const found = distance(integerLogits(home, tokens, { embeddingBits: 16 }), wanted);
        means.push(found.mean);
        assert.isBelow(found.max, 2.5, `seed ${seed}`);
        assert.isBelow(found.lostGap, 1.2, `seed ${seed}`);
      }
      assert.isBelow(means.reduce((sum, mean) => sum + mean) / means.length, 0.12);
    });
});

describe('interpret', () => {
  const run = (options: ImageOptions, tokens: readonly number[]) => {
    const seen: string[] = [];
    const image = readImage(compileFolder(oracleFolder, options));
    const interpreter = interpret(image, (layer, sum) => seen.push(`${layer} ${sum.toString(16)}`));
    const logits = tokens.map((token) => interpreter.step(token)!);
    return { seen, logits, interpreter };
  };
  const tokens = oracle.tokens.slice(0, 6);

  it('computes the same integers from t2, from t5, and whatever the chunks', () => {
    const { seen, logits } = run({ weights: 't2' }, tokens);
    for (const tableBytes of [0, 504, 1024, 4000, 100_000]) {
      const other = run({ weights: 't5', tableBytes }, tokens);
      assert.deepEqual(other.seen, seen);
      assert.deepEqual(other.logits, logits);
    }
  });

  for (const ternlet of [{}, { row_scales: true, weight_digits: 2 }])
    it(`computes the same integers where i, f and g share a table, ${JSON.stringify(ternlet)}`, () => {
      const home = temporaryFolder();
      const config = { num_hidden_layers: 3, hidden_size: 37, ternlet };
      writeCheckpoint(home, randomCheckpoint({ seed: 5, config, sharesNorms: (layer) => layer !== 1 }));
      const of = (share: boolean, weights: 't2' | 't5') => {
        const seen: number[] = [];
        const bytes = compileFolder(home, { share, weights, tableBytes: 1008 });
        const interpreter = interpret(readImage(bytes), (_, sum) => seen.push(sum));
        return { bytes: bytes.length, seen, logits: tokens.map((token) => interpreter.step(token % 97)!) };
      };
      const apart = of(false, 't5');
      for (const weights of ['t2', 't5'] as const) {
        const { seen, logits } = of(true, weights);
        assert.deepEqual({ seen, logits }, { seen: apart.seen, logits: apart.logits });
      }
      assert.isBelow(of(true, 't5').bytes, apart.bytes);
    });

  it('tells each layer once and in order, with a checksum that covers state and stream', () => {
    const { seen } = run({}, tokens.slice(0, 2));
    assert.deepEqual(
      seen.map((line) => line.slice(0, 1)),
      ['0', '1', '0', '1'],
    );
    assert.equal(new Set(seen).size, 4);
    assert.equal(checksum(Int32Array.of(1, 2)), (1 << 7) + 2);
    assert.equal(checksum(Int32Array.of(-1)), 0xffff_ffff);
    assert.equal(checksum(Int32Array.of(0), 0x8000_0001), 0xc0);
    assert.notEqual(checksum(Int32Array.of(1, 2)), checksum(Int32Array.of(2, 1)));
  });

  it('forgets everything on reset', () => {
    const { logits, interpreter } = run({}, tokens);
    interpreter.reset();
    assert.deepEqual(
      tokens.map((token) => interpreter.step(token)!),
      logits,
    );
  });

  it('carries the same state with and without logits', () => {
    const { logits, interpreter } = run({}, tokens);
    interpreter.reset();
    for (const token of tokens.slice(0, -1)) assert.isUndefined(interpreter.step(token, false));
    assert.deepEqual(interpreter.step(tokens.at(-1)!), logits.at(-1));
  });

  it('depends on the tokens before', () => {
    const a = run({}, [1, 5]).logits.at(-1)!;
    const b = run({}, [2, 5]).logits.at(-1)!;
    assert.notDeepEqual(a.values, b.values);
  });
});
