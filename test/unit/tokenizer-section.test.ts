// A tokenizer through the bytes of an image and back: it encodes, decodes and refuses as before.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { assert } from 'chai';
import fc from 'fast-check';
import { packTokenizer } from '../../host-tools/compiler/pack-tokenizer.ts';
import { readTokenizerSection } from '../../host-tools/compiler/read-tokenizer.ts';
import { parseTokenizer } from '../../host-tools/compiler/tokenizer-json.ts';
import { createTokenizer, type Tokenizer, type TokenizerData } from '../../host-tools/compiler/tokenizer.ts';
import { UserError } from '../../host-tools/contracts/errors.ts';
import { smallTokenizer } from '../support/small-image.ts';
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
  const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
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

const story = join(root, 'models-tiny/stories-mlgru-s');
const shipped = parseTokenizer(
  readFileSync(join(story, 'tokenizer.json'), 'utf8'),
  (JSON.parse(readFileSync(join(story, 'config.json'), 'utf8')) as { vocab_size: number }).vocab_size,
);
const tokenizers: [string, TokenizerData][] = [
  ['the small one of ASCII words', smallTokenizer(20)],
  ['the small one of characters', smallTokenizer(20, 'metaspace')],
  ['one with byte fallback', fallbackTokenizer()],
  ['the shipped one', shipped],
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

  it('takes whole words of bytes in a row: head, offsets, merges, characters, bytes, text', () => {
    const data = fallbackTokenizer();
    const characters = data.characters.filter(({ bytes }) => bytes.length > 1).length;
    const length = data.vocab.reduce((sum, bytes) => sum + bytes.length, 0);
    const tables = 16 + 4 * (data.vocab.length + 1) + 8 * data.merges.length + 8 * characters + 512;
    assert.equal(packTokenizer(data).length, tables + length);
    assert.equal(tables % 4, 0);
  });

  it('is refused with any byte of its head or of its order spoilt, and never throws', () => {
    const section = packTokenizer(smallTokenizer(20, 'metaspace'));
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
