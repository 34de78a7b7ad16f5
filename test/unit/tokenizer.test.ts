// Tokenizers: equal to huggingface/tokenizers, exact about what has no encoding, strict about what is read.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { assert } from 'chai';
import { parseTokenizer } from '../../host-tools/compiler/tokenizer-json.ts';
import { findInvalidUtf8 } from '../../host-tools/compiler/tokenizer.ts';
import { wordSymbolsMax } from '../../host-tools/contracts/image.ts';
import { root } from '../support/sources.ts';
import { refusalOf } from '../support/temporary.ts';

const fixtures = join(root, 'test/fixtures/tokenizers');
const read = (path: string): string => readFileSync(path, 'utf8');
const storiesText = read(join(root, 'models-tiny/stories-60k/tokenizer.json'));
const metaspaceText = read(join(fixtures, 'metaspace.json'));
/** A document with some fields set: `a.b.0` is a path, `a.b.+` appends to a list, undefined deletes. */
const bend = (source: string, edits: Readonly<Record<string, unknown>>): string => {
  const json = JSON.parse(source) as Record<string, unknown>;
  for (const [path, value] of Object.entries(edits)) {
    const steps = path.split('.');
    const last = steps.pop()!;
    const place = steps.reduce((at, step) => at[step] as Record<string, unknown>, json);
    if (last === '+') (place as unknown as unknown[]).push(value);
    else place[last] = value;
  }
  return JSON.stringify(json);
};
const metaspaceFirst = { type: 'Metaspace', replacement: '▁', prepend_scheme: 'first', split: false };
const firstScheme = { normalizer: null, pre_tokenizer: metaspaceFirst };
const gpt2Pattern = { pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, use_regex: true } };
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();

describe('encode', () => {
  const stories = parseTokenizer(storiesText, 512);
  const metaspace = parseTokenizer(metaspaceText, 700);
  const tokenizers = {
    'stories-60k': [stories, parseTokenizer(bend(storiesText, gpt2Pattern), 512)],
    'stories-300k-official': [
      parseTokenizer(read(join(root, 'models-tiny/stories-300k-official/tokenizer.json')), 1024),
    ],
    metaspace: [metaspace],
    'metaspace-first': [parseTokenizer(bend(metaspaceText, firstScheme), 700)],
  };
  const cases = JSON.parse(read(join(fixtures, 'cases.json'))) as Record<
    keyof typeof tokenizers,
    [string, number[]][]
  >;
  for (const name of Object.keys(tokenizers) as (keyof typeof tokenizers)[]) {
    it(`equals huggingface/tokenizers with ${name}`, () => {
      for (const tokenizer of tokenizers[name])
        for (const [given, ids] of cases[name])
          assert.deepEqual(tokenizer.encode(given), ids, JSON.stringify(given));
    });
  }

  it('splits contractions, spaces and the end of the text as the pattern does', () => {
    for (const given of ["it's  a  dog's\n\n 'tis' ", " 's", "''s", '  ', 'a \n b', "'re'r", ' 12ab']) {
      assert.equal(text(stories.decode(stories.encode(given))), given);
    }
    assert.deepEqual(stories.encode("it's"), [...stories.encode('it'), ...stories.encode("'s")]);
  });

  it('encodes nothing to nothing, with and without a prefix', () => {
    for (const [tokenizer] of Object.values(tokenizers)) assert.deepEqual(tokenizer!.encode(''), []);
  });

  it('takes the spelling of a special token for plain text', () => {
    const ids = stories.encode('<|endoftext|>');
    assert.notInclude(ids, 0);
    assert.equal(text(stories.decode(ids)), '<|endoftext|>');
    assert.equal(stories.decode([0]).length, 0);
  });

  it('gives bytes back: check stories, and any UTF-8 with a byte fallback', () => {
    const story = read(join(root, 'models-tiny/stories-60k/check.txt'));
    assert.equal(text(stories.decode(stories.encode(story))), story);
    const given = 'naïve\t你好  🙂\u0000x';
    assert.equal(text(metaspace.decode(metaspace.encode(given))), ` ${given}`);
  });

  it('refuses a character without a token, with its offset in bytes', () => {
    assert.match(
      refusalOf(() => stories.encode('tab\there')),
      /no token for the character U\+0009 at offset 3$/,
    );
    assert.match(
      refusalOf(() => stories.encode('a café')),
      /the character "é" \(U\+00E9\) at offset 5$/,
    );
  });

  it('refuses bytes that are no UTF-8, with the offset', () => {
    const bad = (...bytes: number[]) => refusalOf(() => metaspace.encode(Uint8Array.of(0x61, ...bytes)));
    assert.match(bad(0xff), /not valid UTF-8: byte 0xff at offset 1$/);
    for (const bytes of [
      [0xc3],
      [0xc0, 0x80],
      [0xe0, 0x80, 0x80],
      [0xed, 0xa0, 0x80],
      [0xf4, 0x90, 0x80, 0x80],
      [0x80],
    ])
      assert.match(bad(...bytes), /at offset 1$/);
  });

  it('refuses a word that a device cannot hold', () => {
    assert.isNotEmpty(stories.encode('a'.repeat(wordSymbolsMax)));
    assert.match(
      refusalOf(() => stories.encode(`so ${'a'.repeat(wordSymbolsMax)}`)),
      /a word of 257 symbols begins at offset 2; a word has at most 256$/,
    );
    assert.isNotEmpty(stories.encode('one two '.repeat(12_500)), '100 KB of words');
  });

  it('refuses to decode an unknown id', () => {
    assert.throws(() => stories.decode([512]), RangeError);
  });
});

describe('findInvalidUtf8', () => {
  it('agrees with TextDecoder on all characters', () => {
    for (let code = 0; code <= 0x10ffff; code += code < 0x3000 ? 1 : 97) {
      if (code < 0xd800 || code > 0xdfff)
        assert.equal(findInvalidUtf8(Buffer.from(String.fromCodePoint(code))), -1);
    }
  });
});

describe('parseTokenizer', () => {
  const refused = (source: string, edits: Record<string, unknown>) =>
    refusalOf(() => parseTokenizer(bend(source, edits), 1024));
  const split = 'pre_tokenizer.pretokenizers.0';
  const byteLevel = 'pre_tokenizer.pretokenizers.1';

  const storiesCases: [string, Record<string, unknown>, RegExp][] = [
    ['Unigram', { 'model.type': 'Unigram' }, /the model is "Unigram"; only "BPE" is read/],
    ['dropout', { 'model.dropout': 0.1 }, /dropout is 0.1/],
    ['ignore_merges', { 'model.ignore_merges': true }, /ignore_merges is true/],
    ['a sub-word prefix', { 'model.continuing_subword_prefix': '##' }, /prefix or suffix/],
    ['a normalizer', { normalizer: { type: 'NFC' } }, /has a normalizer NFC/],
    ['another pattern', { [`${split}.pattern.Regex`]: '\\w+' }, /split by \{"Regex":"\\\\w\+"\}/],
    ['another behaviour', { [`${split}.behavior`]: 'Removed' }, /\(Removed\)/],
    ['two patterns', { [`${byteLevel}.use_regex`]: true }, /use_regex true after a Split/],
    [
      'no pattern',
      { pre_tokenizer: { type: 'ByteLevel', use_regex: false } },
      /use_regex false without a Split/,
    ],
    ['a prefix space', { [`${byteLevel}.add_prefix_space`]: true }, /add_prefix_space true/],
    ['another pre-tokenizer', { pre_tokenizer: { type: 'Whitespace' } }, /the pre-tokenizer is Whitespace/],
    ['no pre-tokenizer', { pre_tokenizer: null }, /the pre-tokenizer is none/],
    ['an empty sequence', { 'pre_tokenizer.pretokenizers': [] }, /the pre-tokenizer is none/],
    ['a sequence without a list', { pre_tokenizer: { type: 'Sequence' } }, /the pre-tokenizer is none/],
    [
      'an added token that is not special',
      { 'added_tokens.0.special': false },
      /"<\|endoftext\|>" is not special/,
    ],
    [
      'an id past the model',
      { 'model.vocab.zzz': 1024 },
      /"zzz" has id 1024; the model's vocabulary has 1024/,
    ],
    ['an id twice', { 'model.vocab.zzz': 5 }, /share id 5/],
    [
      'a token in another alphabet',
      { 'model.vocab.a b': 600 },
      /"a b" is not spelt in the byte-level alphabet/,
    ],
    ['a merge without its result', { 'model.merges.+': ['z', 'q'] }, /needs the token "zq"/],
    ['a merge of three', { 'model.merges.+': 'a b c' }, /is "a b c"; two tokens are read/],
    ['a merge twice', { 'model.merges.+': ['h', 'e'] }, /merge \d+ is there twice/],
    ['no merges', { 'model.merges': null }, /model.merges is no list/],
    ['a vocabulary that is a list', { 'model.vocab': [] }, /model.vocab is no map/],
  ];
  for (const [what, edits, sentence] of storiesCases) {
    it(`refuses ${what}`, () => assert.match(refused(storiesText, edits), sentence));
  }

  const metaspaceCases: [string, Record<string, unknown>, RegExp][] = [
    [
      'a byte that has no token',
      { 'model.vocab.<0x41>': undefined },
      /lacks the token <0x41>; all 256 are needed/,
    ],
    ['another normalizer', { 'normalizer.normalizers.+': { type: 'NFKC' } }, /is Prepend, Replace, NFKC;/],
    ['another replacement', { 'normalizer.normalizers.1.content': '_' }, /Replace " " by "▁" are read/],
    ['neither normalizer nor Metaspace', { normalizer: null }, /has normalizer none, pre-tokenizer none/],
    [
      'another prepend_scheme',
      { normalizer: null, pre_tokenizer: { ...metaspaceFirst, prepend_scheme: 'last' } },
      /prepend_scheme "last"/,
    ],
    [
      'a merge over the start of a word',
      { 'model.vocab.a▁': 900, 'model.merges.+': ['a', '▁'] },
      /merge "a▁" reaches over the start of a word/,
    ],
    [
      'merged spaces where each space splits',
      { normalizer: null, pre_tokenizer: { ...metaspaceFirst, split: true } },
      /merge "▁▁" reaches over the start of a word/,
    ],
  ];
  for (const [what, edits, sentence] of metaspaceCases) {
    it(`refuses ${what}`, () => assert.match(refused(metaspaceText, edits), sentence));
  }

  it('reads merges as texts too', () => {
    const { model } = JSON.parse(storiesText) as { model: { merges: [string, string][] } };
    const asTexts = bend(storiesText, { 'model.merges': model.merges.map((merge) => merge.join(' ')) });
    assert.deepEqual(parseTokenizer(asTexts, 512).merges, parseTokenizer(storiesText, 512).merges);
  });
});
