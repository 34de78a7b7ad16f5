// A tokenizer through the bytes of an image and back: it encodes, decodes and refuses as before.
import { join } from 'node:path';
import { assert } from 'chai';
import fc from 'fast-check';
import { packTokenizer } from '../../host-tools/compiler/pack-tokenizer.ts';
import { readCheckpoint } from '../../host-tools/compiler/checkpoint.ts';
import { shippedModels } from '../../host-tools/compiler/model-source.ts';
import { readTokenizerSection } from '../../host-tools/compiler/read-tokenizer.ts';
import { createTokenizer, type Tokenizer, type TokenizerData } from '../../host-tools/compiler/tokenizer.ts';
import { readFields } from '../../host-tools/contracts/c-header.ts';
import { UserError } from '../../host-tools/contracts/errors.ts';
import * as contract from '../../host-tools/contracts/image.ts';
import { scatteredTokenizer, smallTokenizer } from '../support/small-image.ts';
import { root } from '../support/sources.ts';

fc.configureGlobal({ seed: 1 });

/** Through a section that begins at an offset of an image. */
function throughBytes(data: TokenizerData, vocab: number, start = 64): Tokenizer {
  const section = packTokenizer(data);
  const image = Buffer.concat([Buffer.alloc(start, 0xaa), section, Buffer.alloc(5, 0xbb)]);
  const header = {
    tokenizer_offset: start,
    tokenizer_bytes: section.length,
    image_bytes: start + section.length,
  };
  const read = readTokenizerSection(image, header, vocab);
  assert.isDefined(read);
  return read;
}

/** Ids, or the sentence of the refusal. */
function outcome(tokenizer: Tokenizer, text: string | Uint8Array): number[] | string {
  try {
    return tokenizer.encode(text);
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
}

/** A byte-fallback tokenizer: every byte has a symbol, a few characters their own. */
function fallbackTokenizer(): TokenizerData {
  const characters = [' ', 'a', 'b', 'é', '€', '😀'];
  const bytes = Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte));
  const own = characters.map((text, i) => ({ bytes: utf8(text), id: 257 + i }));
  return {
    kind: 'metaspace',
    prefix: 'unless-space',
    vocab: [new Uint8Array(), ...bytes, ...own.map((one) => one.bytes), utf8('ab'), utf8(' ab')],
    special: [0],
    characters: own,
    byteSymbols: bytes.map((_, byte) => byte + 1),
    merges: [
      { left: 258, right: 259, result: 263 },
      { left: 257, right: 263, result: 264 },
    ],
  };
}

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Tokens "a", "aa", "aaa" and so on, each made of those before it by `parts`, which says the length of the left one. */
function chain(n: number, leftOf: (length: number) => number): TokenizerData {
  const lengths = Array.from({ length: n }, (_, i) => i + 1);
  const merges = lengths.slice(1).map((length) => {
    const left = leftOf(length);
    return { left: left - 1, right: length - left - 1, result: length - 1 };
  });
  return {
    ...smallTokenizer(20),
    vocab: lengths.map((length) => utf8('a'.repeat(length))),
    special: [],
    characters: [{ bytes: utf8('a'), id: 0 }],
    merges,
  };
}

/** The fields of the head of a section. */
const headOf = (data: TokenizerData) => readFields(contract.tokenizerFields, packTokenizer(data));

const shippedTokenizers = [...shippedModels(join(root, 'models-tiny')).keys()].map(
  (name): [string, Tokenizer] => [name, readCheckpoint(join(root, 'models-tiny', name)).tokenizer()!],
);
const shipped = shippedTokenizers.find(([name]) => name.startsWith('stories'))![1];
const tokenizers: [string, TokenizerData][] = [
  ['the small one of ASCII words', smallTokenizer(20)],
  ['the small one of characters', smallTokenizer(20, 'metaspace')],
  ['one with byte fallback', fallbackTokenizer()],
  ...shippedTokenizers,
  ['one of ids in no order', scatteredTokenizer()],
  ['one that grows to the right by one', chain(200, (length) => length - 1)],
  ['one that grows to the left by one', chain(20, () => 1)],
  ['one of tokens without merges', { ...shipped, merges: [] }],
  ['one whose merges spell nothing', { ...shipped, vocab: shipped.vocab.map(() => new Uint8Array()) }],
];
const text = fc.oneof(
  fc.string({ unit: fc.constantFrom(' ', 'a', 'b', 'c', 'd', 'é', '  '), maxLength: 30 }),
  fc.string({ unit: fc.constantFrom('a', 'b', ' ', "'s", '12', '\n', '€', '😀', 'ß', '.'), maxLength: 30 }),
  fc.string({ unit: 'binary', maxLength: 12 }),
);

describe('the tokenizer section', () => {
  for (const [what, data] of tokenizers)
    it(`gives ${what} back: the same ids, bytes and refusals`, () => {
      const before = createTokenizer(data);
      const after = throughBytes(data, data.vocab.length);
      fc.assert(
        fc.property(text, (one) => {
          const ids = outcome(before, one);
          assert.deepEqual(outcome(after, one), ids);
          if (typeof ids !== 'string') assert.deepEqual([...after.decode(ids)], [...before.decode(ids)]);
        }),
        { numRuns: 500 },
      );
      for (let id = 0; id < data.vocab.length; id += 1)
        assert.deepEqual([...after.vocab[id]!], [...data.vocab[id]!]);
      assert.deepEqual([after.kind, after.prefix], [data.kind, data.prefix]);
    });

  it('takes six bytes a token that a merge makes, and four and its text another: all tables in a row', () => {
    for (const [name, data] of shippedTokenizers) {
      const { vocab, characters, merges } = data;
      const own = vocab.slice(0, vocab.length - merges.length);
      const text = own.reduce((sum, bytes) => sum + bytes.length, 0);
      const long = characters.filter(({ bytes }) => bytes.length > 1).length;
      const tables = 20 + 4 * (own.length + 1) + 8 * long + 6 * merges.length + 512;
      assert.equal(packTokenizer(data).length, tables + text, name);
      const { first_result, n_made, text_bytes } = headOf(data);
      assert.deepEqual([first_result, n_made, text_bytes], [own.length, merges.length, text], name);
    }
  });

  it('has results of its own where they do not follow each other, and every text once', () => {
    const { first_result, n_made, text_bytes } = headOf(scatteredTokenizer());
    assert.deepEqual([first_result, n_made, text_bytes], [contract.noToken, 5, ' abcd'.length + 'dd'.length]);
    const sevenMerges = { ...scatteredTokenizer(), merges: scatteredTokenizer().merges.slice(1) };
    const length = 20 + 4 * (13 - 5 + 1) + 6 * 7 + 512 + 2 * (7 + 5) + 7;
    assert.equal(packTokenizer(sevenMerges).length, length);
  });

  it('holds the text of a token that a device would not spell out: too deep, or too long', () => {
    const { madeBytesMax, madeWaitsMax } = contract;
    const deep = (n: number) => headOf(chain(n, (length) => length - 1));
    assert.equal(deep(madeWaitsMax + 1).text_bytes, 1);
    // The token behind is a text, and those behind it are made of it.
    assert.equal(deep(madeWaitsMax + 2).text_bytes, 1 + madeWaitsMax + 2);
    const halves = (n: number) => headOf(chain(n, (length) => Math.ceil(length / 2)));
    assert.equal(halves(madeBytesMax).text_bytes, 1);
    assert.equal(halves(madeBytesMax + 1).text_bytes, 1 + madeBytesMax + 1);
  });

  it('holds up to 65535 merges', () => {
    const vocab = [utf8('a'), ...Array.from({ length: 256 }, () => utf8('b'))];
    const merges = Array.from({ length: 65536 }, (_, i) => ({
      left: 1 + (i >> 8),
      right: 1 + (i & 255),
      result: 0,
    }));
    const data = { ...smallTokenizer(20), vocab, special: [], characters: [], merges };
    assert.throws(() => packTokenizer(data), UserError, /has 65536 merges; an image holds up to 65535$/);
    const most = { ...data, merges: merges.slice(1) };
    assert.deepEqual(throughBytes(most, 257).merges, most.merges);
  });

  for (const [what, data] of [
    ['results that follow each other', smallTokenizer(20, 'metaspace')],
    ['results of its own', scatteredTokenizer()],
  ] as const)
    it(`with ${what} is refused with its head or its order spoilt, and never throws`, () => {
      const section = packTokenizer(data);
      const header = { tokenizer_offset: 0, tokenizer_bytes: section.length, image_bytes: section.length };
      fc.assert(
        fc.property(fc.nat(section.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
          const spoilt = Uint8Array.from(section);
          spoilt[at]! ^= flip;
          const read = readTokenizerSection(spoilt, header, 20);
          if (read !== undefined) assert.isAtLeast(at, 1, 'the pre-tokenizer');
        }),
        { numRuns: 2000 },
      );
      for (const cut of [0, 15, 16, 100, section.length - 1]) {
        const short = { ...header, tokenizer_bytes: cut };
        assert.isUndefined(readTokenizerSection(section, short, 20));
      }
      assert.isUndefined(readTokenizerSection(section, { ...header, image_bytes: section.length - 1 }, 20));
      assert.isUndefined(readTokenizerSection(section, header, 9), 'more tokens than the vocabulary');
    });
});
