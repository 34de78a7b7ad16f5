// config.json: what is read, what is derived, what is refused.
import { assert } from 'chai';
import { defaultIntermediateSize, parseConfig } from '../../host-tools/compiler/config.ts';
import { refusalOf } from '../support/temporary.ts';

const parse = (fields: object) => parseConfig(JSON.stringify({ model_type: 'hgrn_bit', ...fields }), 'x');

describe('parseConfig', () => {
  it('has the defaults of the official class', () => {
    assert.deepEqual(parse({}), {
      name: 'x',
      vocabSize: 32000,
      hiddenSize: 2048,
      layers: 24,
      heads: 1,
      innerSize: 2048,
      intermediateSize: 5632,
      useLowerBound: true,
      normEps: 1e-6,
      tied: false,
      embeddingDigits: 0,
      weightDigits: 0,
      bosId: 1,
      eosId: 2,
    });
  });

  it('derives the intermediate size as the official code does', () => {
    assert.deepEqual(
      [1024, 2048, 2560, 64].map((size) => defaultIntermediateSize(size, 4)),
      [2816, 5632, 6912, 256],
    );
    assert.equal(parse({ intermediate_size: 77 }).intermediateSize, 77);
    assert.equal(parse({ hidden_size: 1024, hidden_ratio: null }).intermediateSize, 2816);
  });

  it('takes another inner width without lower bounds', () => {
    assert.equal(parse({ hidden_size: 10, expand_ratio: 1.5, use_lower_bound: false }).innerSize, 15);
  });

  it('reads the digits of embedding and weights, and none where nothing is said', () => {
    const digits = { tie_word_embeddings: true, ternlet: { embedding_digits: 2 } };
    assert.deepInclude(parse(digits), { embeddingDigits: 2, weightDigits: 0 });
    assert.deepInclude(parse({ ternlet: {} }), { embeddingDigits: 0, weightDigits: 0 });
    assert.equal(parse({ ternlet: { row_scales: true } }).weightDigits, 1);
    assert.equal(parse({ ternlet: { row_scales: true, weight_digits: 3 } }).weightDigits, 3);
  });

  it('begins and ends with token 0 where config.json has null', () => {
    const { bosId, eosId } = parse({ bos_token_id: null, eos_token_id: null });
    assert.deepEqual([bosId, eosId], [0, 0]);
  });

  const cases: [string, object, RegExp][] = [
    ['another model', { model_type: 'llama' }, /model_type is "llama"; only "hgrn_bit" is read/],
    ['short convolutions', { use_short_conv: true }, /use_short_conv is true/],
    ['another attn_mode', { attn_mode: 'chunk' }, /attn_mode is "chunk"/],
    ['expand_ratio with lower bounds', { expand_ratio: 2 }, /expand_ratio is 2 with use_lower_bound/],
    [
      'an expand_ratio that leaves nothing',
      { expand_ratio: 1e-9, use_lower_bound: false },
      /leaves no channel/,
    ],
    ['heads that do not divide', { num_heads: 3 }, /num_heads 3 does not divide the width 2048/],
    [
      'heads that do not divide the inner width',
      { hidden_size: 4, num_heads: 4, expand_ratio: 1.5, use_lower_bound: false },
      /num_heads 4 does not divide the width 6/,
    ],
    ['no width', { hidden_size: 0 }, /hidden_size is not usable/],
    ['a fraction of a layer', { num_hidden_layers: 1.5 }, /num_hidden_layers is not usable/],
    ['a vocabulary past 16 bits', { vocab_size: 65537 }, /vocab_size is not usable/],
    ['a text for a number', { intermediate_size: '256' }, /intermediate_size is not usable/],
    ['an epsilon of zero', { rms_norm_eps: 0 }, /rms_norm_eps is not usable/],
    [
      'a start token past the vocabulary',
      { vocab_size: 5, bos_token_id: 5 },
      /bos_token_id is 5; the vocabulary ends at 4/,
    ],
    [
      'digits of an embedding that is not the head',
      { ternlet: { embedding_digits: 2 } },
      /ternlet.embedding_digits needs tie_word_embeddings/,
    ],
    [
      'two digits without row scales',
      { ternlet: { weight_digits: 2 } },
      /ternlet.weight_digits is 2; more than 1 needs ternlet.row_scales/,
    ],
    [
      'row scales with a tied embedding of floats',
      { tie_word_embeddings: true, ternlet: { row_scales: true } },
      /ternlet.row_scales with tie_word_embeddings needs ternlet.embedding_digits/,
    ],
    [
      'four digits',
      { tie_word_embeddings: true, ternlet: { embedding_digits: 4 } },
      /ternlet.embedding_digits is not usable/,
    ],
    [
      'an extension that is not known',
      { ternlet: { sparse: true } },
      /ternlet is not usable: Unrecognized key: "sparse"/,
    ],
    ['an end token past the vocabulary', { vocab_size: 2 }, /eos_token_id is 2; the vocabulary ends at 1/],
  ];
  for (const [what, fields, sentence] of cases) {
    it(`refuses ${what}`, () =>
      assert.match(
        refusalOf(() => parse(fields)),
        sentence,
      ));
  }

  it('refuses what is no JSON object', () => {
    assert.match(
      refusalOf(() => parseConfig('{', 'x')),
      /config.json is no valid JSON/,
    );
    assert.match(
      refusalOf(() => parseConfig('null', 'x')),
      /model_type is undefined/,
    );
    assert.match(
      refusalOf(() => parseConfig('{"vocab_size":1,"vocab_size":2}', 'x')),
      /holds the name "vocab_size" twice/,
    );
  });
});
