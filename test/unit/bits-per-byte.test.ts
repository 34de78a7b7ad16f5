// Bits per byte: where a text is cut, what is counted, and which <model> a person means.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { assert } from 'chai';
import { resolveModel, shippedModels } from '../../host-tools/compiler/model-source.ts';
import { parseTokenizer } from '../../host-tools/compiler/tokenizer-json.ts';
import * as measure from '../../host-tools/engines/bits-per-byte.ts';
import type { Engine } from '../../host-tools/engines/engine.ts';
import { readSource, root } from '../support/sources.ts';
import { refusalOf, temporaryFolder } from '../support/temporary.ts';

describe('splitStories', () => {
  it('ends a story at a line of its own, without the newline before it', () => {
    assert.deepEqual(measure.splitStories('a\nb\n<|endoftext|>\nc <|endoftext|>\n<|endoftext|>\nrest'), [
      { text: 'a\nb', ended: true },
      { text: 'c <|endoftext|>', ended: true },
      { text: 'rest', ended: false },
    ]);
    assert.isEmpty(measure.splitStories(''));
    assert.isEmpty(measure.splitStories('<|endoftext|>\n'));
  });
});

describe('cutStory', () => {
  it('cuts after so many characters, and takes the end from what it cut', () => {
    const story = { text: 'a\u{1f98a}bc', ended: true };
    assert.deepEqual(measure.cutStory(story, 2), { text: 'a\u{1f98a}', ended: false });
    assert.equal(measure.cutStory(story, 4), story);
  });
});

describe('predictStory', () => {
  const tokenizer = parseTokenizer(readSource('models-tiny/stories-60k/tokenizer.json'), 512);
  /** An engine to which all tokens are alike; it keeps what it was fed. */
  const fed: (number | 'reset')[] = [];
  const engine: Engine = {
    name: 'uniform',
    vocabSize: 512,
    reset: () => void fed.push('reset'),
    feed: () => undefined,
    step: (token) => (fed.push(token), new Float64Array(512).fill(40)),
    close: () => undefined,
  };

  it('feeds the start token and all but the last, and counts a byte for the end', async () => {
    fed.length = 0;
    const story = { text: 'Once upon a time', ended: true };
    const found = await measure.predictStory(engine, tokenizer, { bos: 0, eos: 0 }, story);
    assert.deepEqual(fed, ['reset', 0, 254, 269, 99, 229]);
    assert.deepEqual([found.bytes, found.tokens], [17, 5]);
    assert.closeTo(measure.bitsPerByte(found), (9 * 5) / 17, 1e-12);
    assert.closeTo(measure.perplexity(found), 512, 1e-9);
  });

  it('counts no end where the text has none', async () => {
    const story = { text: 'Once', ended: false };
    const found = await measure.predictStory(engine, tokenizer, { bos: 0, eos: 0 }, story);
    assert.equal(found.bytes, 4);
  });

  it('takes large logits', () => {
    assert.closeTo(measure.logProbability(Float64Array.of(5000, 5000), 1), -Math.LN2, 1e-12);
  });
});

describe('resolveModel', () => {
  const home = join(root, 'models-tiny');
  const folder = temporaryFolder();

  it('knows the shipped models, one of them the default', () => {
    const shipped = shippedModels(home);
    assert.includeMembers([...shipped.keys()], ['stories-1m', 'stories-60k']);
    assert.lengthOf(
      [...shipped.values()].filter((card) => card.default),
      1,
    );
    assert.deepEqual(resolveModel(undefined, home), {
      kind: 'checkpoint',
      folder: join(home, 'stories-1m'),
    });
  });

  it('takes a folder for a checkpoint and a file for an image', () => {
    assert.deepEqual(resolveModel(folder, home), { kind: 'checkpoint', folder });
    const path = join(folder, 'x.tern');
    writeFileSync(path, '');
    assert.deepEqual(resolveModel(path, home), { kind: 'image', path });
  });

  it('refuses a card with a field that it does not know or cannot use, and names it', () => {
    const cards = join(folder, 'cards');
    mkdirSync(join(cards, 'mine'), { recursive: true });
    const card = { title: 'mine', licence: 'Apache-2.0', default: true };
    const answerTo = (more: object): string => {
      writeFileSync(join(cards, 'mine', 'model.json'), JSON.stringify({ ...card, ...more }));
      return refusalOf(() => shippedModels(cards));
    };
    assert.match(answerTo({ parameters: -1 }), /model\.json: parameters is not usable/);
    assert.match(answerTo({ bits_per_byte: 0.8 }), /model\.json: bits_per_byte is not usable/);
    assert.match(answerTo({ colour: 'red' }), /model\.json: the whole is not usable/);
  });

  it('refuses what is none of these', () => {
    assert.match(
      refusalOf(() => resolveModel('stories', home)),
      /there is no model "stories": it is neither shipped nor/,
    );
    const weights = join(folder, 'model.safetensors');
    writeFileSync(weights, '');
    assert.match(
      refusalOf(() => resolveModel(weights, home)),
      /holds weights only/,
    );
    mkdirSync(join(folder, 'none'));
    assert.match(
      refusalOf(() => resolveModel(undefined, join(folder, 'none'))),
      /none is shipped as the default/,
    );
  });
});
