// The float interpreter against the official code's logits, and against a second transcription of MODEL.md on other shapes.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { assert } from 'chai';
import { readCheckpoint } from '../../host-tools/compiler/checkpoint.ts';
import { buildIr } from '../../host-tools/compiler/ir.ts';
import { argMax } from '../../host-tools/compiler/sampler.ts';
import type { Engine } from '../../host-tools/engines/engine.ts';
import { openFloatEngine } from '../../host-tools/engines/float.ts';
import {
  randomCheckpoint,
  randomNumbers,
  writeCheckpoint,
  type RandomShape,
} from '../support/random-checkpoint.ts';
import { root } from '../support/sources.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { transcribe } from '../support/transcription.ts';

const open = (folder: string) => openFloatEngine(buildIr(readCheckpoint(folder)));
const json = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));
const stepAll = async (engine: Engine, tokens: readonly number[]): Promise<number[][]> => {
  await engine.reset();
  const rows: number[][] = [];
  for (const token of tokens) rows.push([...(await engine.step(token))]);
  return rows;
};
const continueGreedily = async (
  engine: Engine,
  prompt: readonly number[],
  count: number,
): Promise<number[]> => {
  const tokens = [argMax((await stepAll(engine, prompt)).at(-1)!)];
  while (tokens.length < count) tokens.push(argMax(await engine.step(tokens.at(-1)!)));
  return tokens;
};
const largestDifference = (a: readonly number[][], b: readonly number[][]): number =>
  Math.max(...a.flatMap((row, i) => row.map((value, j) => Math.abs(value - b[i]![j]!))));

describe('openFloatEngine on the official logits', () => {
  const folder = join(root, 'test/fixtures/oracle-a');
  const oracle = json(join(folder, 'oracle.json')) as Record<
    'tokens' | 'argmax' | 'prompt' | 'greedy',
    number[]
  > & {
    logits: number[][];
  };

  it('is within 1e-4 at every position, with every arg-max', async () => {
    const rows = await stepAll(open(folder), oracle.tokens);
    assert.isBelow(largestDifference(rows, oracle.logits), 1e-4);
    assert.deepEqual(rows.map(argMax), oracle.argmax);
  });

  it('continues the prompt with the same 32 tokens', async () => {
    assert.deepEqual(await continueGreedily(open(folder), oracle.prompt, 32), oracle.greedy);
  });
});

for (const model of ['stories-300k-official', 'stories-300k']) {
  it(`openFloatEngine tells the golden story of ${model}`, async () => {
    const folder = join(root, 'models-tiny', model);
    const golden = json(join(folder, 'golden.json')) as {
      prompt_ids: number[];
      last_logits_first16: number[];
      greedy_ids_40: number[];
    };
    const engine = open(folder);
    const last = (await stepAll(engine, golden.prompt_ids)).at(-1)!.slice(0, 16);
    assert.isBelow(largestDifference([last], [golden.last_logits_first16]), 1e-3);
    assert.deepEqual(await continueGreedily(engine, golden.prompt_ids, 40), golden.greedy_ids_40);
  });
}

const digits = (n: number, more: object = {}) => ({
  tie_word_embeddings: true,
  ternlet: { embedding_digits: n, ...more },
});

describe('openFloatEngine on other shapes', () => {
  const folder = temporaryFolder();
  const cases: [string, RandomShape['config'], RandomShape['dtype'], number][] = [
    ['an ordinary small model', {}, 'F32', 1],
    ['several heads', { num_heads: 4 }, 'F32', 1],
    ['no lower bounds', { use_lower_bound: false }, 'F32', 1],
    ['a wider token mixer', { use_lower_bound: false, expand_ratio: 1.5, num_heads: 2 }, 'F32', 1],
    ['a narrower token mixer', { use_lower_bound: false, expand_ratio: 0.75 }, 'F32', 1],
    [
      'odd sizes',
      { hidden_size: 37, intermediate_size: 53, vocab_size: 301, num_hidden_layers: 3 },
      'F32',
      1,
    ],
    ['the rule for the intermediate size', { intermediate_size: null, num_hidden_layers: 1 }, 'F32', 1],
    ['tied embeddings', { tie_word_embeddings: true }, 'F32', 1],
    ['an embedding of one digit', digits(1), 'F32', 1],
    ['an embedding of two digits', digits(2), 'BF16', 1],
    ['an embedding of three digits', digits(3), 'F32', 1],
    ['row scales', { ternlet: { row_scales: true } }, 'F32', 1],
    ['row scales and an embedding of two digits', digits(2, { row_scales: true }), 'F32', 1],
    ['two digits everywhere', digits(2, { row_scales: true, weight_digits: 2 }), 'F32', 1],
    ['three digits and a head of its own', { ternlet: { row_scales: true, weight_digits: 3 } }, 'F32', 1],
    ['one layer with bounds', { num_hidden_layers: 1 }, 'F32', 1],
    ['another epsilon', { rms_norm_eps: 0.01 }, 'F32', 1],
    ['F16 in two files', {}, 'F16', 2],
    ['F8_E4M3 of whole products', digits(3, { row_scales: true }), 'F8_E4M3', 1],
    ['BF16 in three files', { tie_word_embeddings: true }, 'BF16', 3],
  ];
  for (const [what, config, dtype, shards] of cases) {
    it(`equals the transcription on ${what}`, async () => {
      const { checkpoint, tokens, logits } = clearCase(config, dtype);
      const home = join(folder, what.replaceAll(' ', '-'));
      writeCheckpoint(home, checkpoint, shards);
      assert.isBelow(largestDifference(await stepAll(open(home), tokens), logits), 1e-5);
    });
  }

  it('refuses a token that is not in the vocabulary', () => {
    const engine = open(join(folder, 'tied-embeddings'));
    assert.throws(() => void engine.step(97), RangeError, /token 97 is not in the vocabulary of 97/);
    assert.throws(() => void engine.feed(-1), RangeError);
  });

  it('forgets everything on reset', async () => {
    const engine = open(join(folder, 'several-heads'));
    const first = await stepAll(engine, [3, 5, 8]);
    assert.deepEqual(await stepAll(engine, [3, 5, 8]), first);
  });
});

/** The first seed whose roundings are all clear of ties, so that right implementations agree nearly exactly. */
function clearCase(config: RandomShape['config'], dtype: RandomShape['dtype']) {
  for (let seed = 1; seed <= 30; seed++) {
    const checkpoint = randomCheckpoint({ seed, ...(config && { config }), ...(dtype && { dtype }) });
    const next = randomNumbers(seed + 1000);
    const tokens = Array.from({ length: 12 }, () => Math.floor(next() * checkpoint.config.vocab_size));
    const { logits, activationMargin, weightMargin } = transcribe(checkpoint, tokens);
    if (activationMargin > 1e-5 && weightMargin > 1e-6) return { checkpoint, tokens, logits };
  }
  throw new Error('no seed of 30 is clear of ties');
}
