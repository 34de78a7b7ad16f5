// Packing and reading images: what goes in comes out, what is spoilt is refused with its status, and nothing is wasted.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { assert } from 'chai';
import { readCheckpoint } from '../../host-tools/compiler/checkpoint.ts';
import { scaleOf } from '../../host-tools/compiler/fixed.ts';
import { checksum, interpret } from '../../host-tools/compiler/interpret.ts';
import { buildIr, type Ir } from '../../host-tools/compiler/ir.ts';
import { sealImage } from '../../host-tools/compiler/pack.ts';
import { quantize } from '../../host-tools/compiler/quantize.ts';
import { ImageFault, readImage, type Image, type ImageMatrix } from '../../host-tools/compiler/read-image.ts';
import { layoutOf } from '../../host-tools/contracts/c-header.ts';
import * as contract from '../../host-tools/contracts/image.ts';
import type { StatusName } from '../../host-tools/contracts/status.ts';
import { randomCheckpoint, writeCheckpoint, type RandomShape } from '../support/random-checkpoint.ts';
import { compileFolder, smallTokenizer, type ImageOptions } from '../support/small-image.ts';
import { root } from '../support/sources.ts';
import { refusalOf, temporaryFolder } from '../support/temporary.ts';

const digits = (n: number, more: object = {}) => ({
  tie_word_embeddings: true,
  ternlet: { embedding_digits: n, ...more },
});
const shapes: [string, RandomShape['config']][] = [
  ['a small model', {}],
  ['odd sizes', { hidden_size: 37, intermediate_size: 53, vocab_size: 301, num_hidden_layers: 3 }],
  ['no lower bounds', { use_lower_bound: false, num_hidden_layers: 1 }],
  [
    'a wider token mixer and a tied head',
    { use_lower_bound: false, expand_ratio: 1.5, tie_word_embeddings: true },
  ],
  ['an embedding of one digit', digits(1)],
  ['an embedding of two digits', { ...digits(2), hidden_size: 37, vocab_size: 301 }],
  ['an embedding of three digits', { ...digits(3), vocab_size: 99 }],
  ['row scales', { ternlet: { row_scales: true }, use_lower_bound: false, expand_ratio: 0.75 }],
  ['two digits everywhere', digits(2, { row_scales: true, weight_digits: 2 })],
  ['three digits and a head of its own', { ternlet: { row_scales: true, weight_digits: 3 } }],
  ['the smallest of all', { hidden_size: 1, intermediate_size: 1, vocab_size: 9, num_hidden_layers: 1 }],
];
const headerAt = layoutOf(contract.headerFields).offsets;
const entryAt = layoutOf(contract.entryFields).offsets;

/** All matrices of an image by kind and layer. */
function matrices(image: Image): Map<string, ImageMatrix> {
  const isTied = image.shape.embeddingDigits > 0;
  const found = new Map<string, ImageMatrix>([[isTied ? 'embedding 65535' : 'head 65535', image.head]]);
  image.layers.forEach((layer, i) => {
    for (const name of ['i', 'f', 'g', 'o', 'gate', 'down'] as const)
      found.set(`${name}_proj ${i}`, layer[name]);
  });
  return found;
}

/** The values of a vector of an image, by the names of the directory. */
function vectorOf(image: Image, kind: string, layer: number): ArrayLike<number> {
  const [name = ''] = kind.split('_');
  const one = image.layers[layer];
  if (kind === 'bound') return one?.bound ?? [];
  if (kind === 'final_norm') return image.finalNorm.values;
  if (kind === 'head_norm') return image.headNorm.values;
  return one![`${name}Norm` as 'attnNorm'].values;
}

describe('pack and readImage', () => {
  const folder = temporaryFolder();

  for (const [what, config] of shapes)
    for (const weights of ['t2', 't5'] as const)
      for (const embeddingBits of [8, 16] as const)
        it(`gives ${what} back from ${weights} and e${embeddingBits}`, () => {
          const home = join(folder, what.replaceAll(' ', '-'));
          writeCheckpoint(home, randomCheckpoint({ seed: 3, ...(config && { config }) }));
          const bytes = compileFolder(home, { weights, embeddingBits, tableBytes: 1500 });
          const checkpoint = readCheckpoint(home);
          const model = quantize(buildIr(checkpoint), new Uint8Array(32), embeddingBits);
          const image = readImage(bytes);
          assert.deepEqual(image.shape, model.shape);
          const found = matrices(image);
          for (const { slot, values, scale, rowScales } of model.tensors) {
            const id = `${slot.kind} ${slot.layer}`;
            const entry = image.entries.find(
              (one) => one.slot.kind === slot.kind && one.slot.layer === slot.layer,
            )!;
            assert.deepEqual(entry.scale, scale, id);
            if (slot.holds === 'digits') assert.deepEqual(found.get(id)?.rowScales, rowScales, id);
            if (slot.kind === 'embedding') assert.deepEqual(image.embedding.scales, rowScales);
            if (slot.rows === 0) assert.equal(entry.bytes, 0, id);
            else if (slot.holds === 'trits' || slot.holds === 'digits')
              assert.deepEqual(found.get(id)!.trits, values as Int8Array, id);
            else if (slot.holds !== 'rows')
              assert.deepEqual([...(vectorOf(image, slot.kind, slot.layer) as Int16Array)], [...values], id);
            else {
              const rows = Array.from({ length: slot.rows }, (_, row) => [
                ...image.embedding.row(row),
              ]).flat();
              assert.deepEqual(rows, [...values]);
            }
          }
        });

  it('keeps name, hash, ids and scales of the header', () => {
    const home = join(folder, 'a-model-with-a-name');
    writeCheckpoint(
      home,
      randomCheckpoint({ seed: 4, config: { rms_norm_eps: 0.003, bos_token_id: 5, eos_token_id: 7 } }),
    );
    const bytes = compileFolder(home);
    const image = readImage(bytes);
    assert.equal(image.checkpointHash, readCheckpoint(home).sha256());
    assert.equal(image.name, readCheckpoint(home).config.name.slice(0, 31));
    assert.deepEqual([image.bos, image.eos, image.bytes, image.version], [5, 7, bytes.length, 2]);
    assert.deepEqual(image.normEps, scaleOf(0.003));
    assert.deepEqual(image.linearEps, scaleOf(1e-6));
    assert.deepEqual(image.inverseHidden, scaleOf(1 / 24));
    assert.deepEqual(image.inverseIntermediate, scaleOf(1 / 40));
    assert.deepEqual([...image.tokenizer.encode('abcd ab')], [8, 1, 6]);
  });

  it('reads the same from a Buffer, from the middle of one, and with bytes behind the end', () => {
    const bytes = compileFolder(join(folder, 'a-small-model'));
    const long = Buffer.concat([Buffer.alloc(3), bytes, Buffer.alloc(70, 0xff)]);
    const parts = ({ layers, entries, head, tokenizer }: Image) =>
      JSON.stringify([layers, entries, head, tokenizer.vocab.map((bytes) => [...bytes]), tokenizer.merges]);
    const rows = (image: Image): number[] => [...image.embedding.row(5), ...image.embedding.scales];
    const plain = readImage(bytes);
    for (const other of [Buffer.from(bytes), long.subarray(3)]) {
      assert.equal(parts(readImage(other)), parts(plain));
      assert.deepEqual(rows(readImage(other)), rows(plain));
    }
  });

  it('reads version 1 as it always did', () => {
    const image = readImage(readFileSync(join(root, 'test/fixtures/images/version-1.tern')));
    assert.equal(image.version, 1);
    const interpreter = interpret(image);
    const sum = [1, 5, 9].reduce((before, token) => checksum(interpreter.step(token)!.values, before), 0);
    assert.equal(sum, 0x736a_5038);
  });

  it('is a function of its input: the same bytes each time', () => {
    const home = join(folder, 'odd-sizes');
    assert.deepEqual(compileFolder(home), compileFolder(home));
  });
});

describe('quantize', () => {
  const checkpoint = randomCheckpoint({ seed: 7 });
  const folder = temporaryFolder();
  writeCheckpoint(folder, checkpoint);
  const ir = buildIr(readCheckpoint(folder));
  const refused = (change: Partial<Ir>): string =>
    refusalOf(() => quantize({ ...ir, ...change }, new Uint8Array(32), 8));

  it('refuses sizes that an image cannot hold, by the limits of the image', () => {
    const sizes = {
      layers: contract.maxLayers,
      intermediateSize: contract.maxIntermediate,
      vocabSize: 65534,
    };
    for (const [name, most] of Object.entries(sizes))
      assert.match(
        refused({ config: { ...ir.config, [name]: most + 1 } }),
        new RegExp(`is ${most + 1}; an image holds up to ${most}$`),
      );
  });

  it('refuses weights whose unit an image cannot hold', () => {
    const huge = (values: Float32Array): Float32Array => values.map((value) => value * 1e30);
    const { head, finalNorm } = ir;
    assert.match(
      refused({ finalNorm: huge(finalNorm) }),
      /^the weights of final_norm are too large: one unit/,
    );
    assert.match(
      refused({ head: { ...head, weight: huge(head.weight) } }),
      /^the weights of head are too large: one unit of them is \d\.\d+e\+\d+; an image holds units below 2\^48$/,
    );
  });

  it('refuses an epsilon that an image cannot hold', () => {
    const message = refused({ config: { ...ir.config, normEps: 1e-40 } });
    assert.equal(message, 'rms_norm_eps is 1e-40; an image holds values from 2^-81 on');
  });
});

describe('a spoilt image', () => {
  const folder = temporaryFolder();
  const make = (options: ImageOptions = {}): Uint8Array => {
    const home = join(folder, 'model');
    writeCheckpoint(home, randomCheckpoint({ seed: 6 }));
    return compileFolder(home, { tokenizer: smallTokenizer(97, 'metaspace'), ...options });
  };
  const statusOf = (bytes: Uint8Array): StatusName => {
    try {
      readImage(bytes);
    } catch (error) {
      if (error instanceof ImageFault) return error.status;
      throw error;
    }
    return 'ok';
  };
  const view = (image: Uint8Array): DataView => new DataView(image.buffer, image.byteOffset);
  const header = (image: Uint8Array, field: string, value: number): void =>
    view(image).setUint16(headerAt[field]!, value, true);
  /** Writes a u16 of the n-th entry. */
  const entry = (image: Uint8Array, n: number, field: string, value: number): void =>
    view(image).setUint16(128 + 24 * n + entryAt[field]!, value, true);
  const entryOffset = (image: Uint8Array, n: number): number => view(image).getUint32(128 + 24 * n + 4, true);
  const tokenizerAt = (image: Uint8Array): number =>
    view(image).getUint32(headerAt['tokenizer_offset']!, true);
  /** Places in the directory of a model with two layers of 16. */
  const [embedding, attnNorm, iProj, firstBound, head] = [0, 1, 5, 8, 35];
  const n_tensors = 36;

  const cases: [StatusName, string, (image: Uint8Array) => void][] = [
    ['bad_shape', 'an older version', (image) => header(image, 'version', 0)],
    ['bad_shape', 'another header', (image) => header(image, 'header_bytes', 124)],
    ['bad_shape', 'no layers', (image) => header(image, 'n_layers', 0)],
    ['bad_shape', 'too many layers', (image) => header(image, 'n_layers', 1025)],
    ['bad_shape', 'too wide an intermediate size', (image) => header(image, 'intermediate', 0x8000)],
    ['bad_shape', 'a vocabulary of 65535', (image) => header(image, 'vocab', 0xffff)],
    ['bad_shape', 'a start token beyond the vocabulary', (image) => header(image, 'bos', 97)],
    ['bad_shape', 'no table', (image) => header(image, 'table_groups', 0)],
    ['bad_shape', 'too large a table', (image) => header(image, 'table_groups', 33)],
    ['bad_shape', 'four digits', (image) => image.set([4], headerAt['embedding_digits'])],
    ['bad_shape', 'weights of four digits', (image) => image.set([4], headerAt['weight_digits'])],
    ['bad_layout', 'weights that hold no digits', (image) => image.set([1], headerAt['weight_digits'])],
    [
      'bad_shape',
      'digits in version 1',
      (image) => {
        header(image, 'version', 1);
        image.set([1], headerAt['embedding_digits']);
      },
    ],
    ['bad_layout', 'digits that are rows', (image) => image.set([1], headerAt['embedding_digits'])],
    ['bad_scale', 'an epsilon of zero', (image) => header(image, 'norm_eps_m', 0)],
    ['bad_scale', 'an epsilon that is huge', (image) => header(image, 'bitlinear_eps_e', 33)],
    ['bad_directory', 'another number of tensors', (image) => header(image, 'n_tensors', n_tensors - 1)],
    ['bad_directory', 'another hidden size', (image) => header(image, 'hidden', 25)],
    ['bad_directory', 'an offset inside the directory', (image) => entry(image, iProj, 'offset', 128)],
    [
      'bad_directory',
      'an odd offset',
      (image) => entry(image, iProj, 'offset', entryOffset(image, iProj) + 2),
    ],
    [
      'bad_directory',
      'more bytes than the image has',
      (image) => view(image).setUint32(128 + 24 * iProj + 8, 2 ** 31, true),
    ],
    ['bad_directory', 'another layer', (image) => entry(image, iProj, 'layer', 1)],
    ['bad_directory', 'another kind', (image) => image.set([contract.tensorKinds.f_proj], 128 + 24 * iProj)],
    ['bad_directory', 'fewer rows', (image) => entry(image, iProj, 'rows', 23)],
    ['bad_layout', 'trits as a vector', (image) => image.set([contract.layouts.s16], 128 + 24 * iProj + 1)],
    ['bad_layout', 'a layout that nobody knows', (image) => image.set([99], 128 + 24 * iProj + 1)],
    ['bad_layout', 'a chunk larger than the table', (image) => entry(image, iProj, 'chunk_groups', 32)],
    ['bad_layout', 'no chunk', (image) => entry(image, iProj, 'chunk_groups', 0)],
    ['bad_layout', 'a vector with a chunk', (image) => entry(image, attnNorm, 'chunk_groups', 1)],
    ['bad_layout', 'fewer bytes', (image) => entry(image, attnNorm, 'bytes', 46)],
    ['bad_scale', 'a matrix without a scale', (image) => entry(image, iProj, 'scale_m', 0)],
    [
      'bad_scale',
      'a scale that is no power of two for the rows',
      (image) => entry(image, embedding, 'scale_m', 0x8001),
    ],
    ['bad_scale', 'a shift of 32 for the rows', (image) => entry(image, embedding, 'scale_e', -63)],
    ['bad_code', 'a byte of t5 without trits', (image) => image.set([27], entryOffset(image, iProj))],
    [
      'bad_code',
      'the same in the last byte, which is padding',
      (image) => image.set([255], tokenizerAt(image) - 1),
    ],
    [
      'bad_tokenizer',
      'an offset of the tokenizer that is odd',
      (image) => header(image, 'tokenizer_offset', 0xfffe),
    ],
    [
      'bad_tokenizer',
      'more tokens than the vocabulary',
      (image) => view(image).setUint16(tokenizerAt(image) + 4, 98, true),
    ],
    [
      'bad_tokenizer',
      'a pre-tokenizer that nobody knows',
      (image) => view(image).setUint16(tokenizerAt(image), 2, true),
    ],
    [
      'bad_tokenizer',
      'offsets that fall',
      (image) => view(image).setUint32(tokenizerAt(image) + 20, 2 ** 31, true),
    ],
    ['ok', 'version 1', (image) => header(image, 'version', 1)],
    ['ok', 'a bound whose scale says nothing', (image) => entry(image, firstBound, 'scale_m', 1)],
    ['ok', 'reserved fields that are used', (image) => entry(image, head, 'reserved', 7)],
  ];
  for (const [status, what, spoil] of cases)
    it(`with ${what} is ${status}`, () => {
      const image = make();
      spoil(image);
      sealImage(image);
      assert.equal(statusOf(image), status);
    });

  it('that is cut short, erased, foreign, newer or damaged is refused before anything else is looked at', () => {
    const image = make();
    assert.equal(statusOf(image.subarray(0, 127)), 'truncated');
    assert.equal(statusOf(image.subarray(0, image.length - 1)), 'truncated');
    assert.equal(statusOf(new Uint8Array(4096).fill(0xff)), 'no_image');
    assert.equal(statusOf(new Uint8Array(4096)), 'bad_magic');
    const newer = image.slice();
    header(newer, 'version', 3);
    assert.equal(statusOf(newer), 'newer_version');
    for (let at = 16; at < image.length; at += 501) {
      const flipped = image.slice();
      flipped[at]! ^= 0x10;
      assert.equal(statusOf(flipped), 'bad_crc', `byte ${at}`);
    }
  });

  const ofDigits = (weights: 't2' | 't5'): Uint8Array => {
    const home = join(folder, 'digits');
    writeCheckpoint(home, randomCheckpoint({ seed: 6, config: digits(2) }));
    return compileFolder(home, { weights });
  };
  const digitCases: [StatusName, string, (image: Uint8Array) => void][] = [
    ['bad_layout', 'other digits', (image) => image.set([3], headerAt['embedding_digits'])],
    [
      'bad_layout',
      'digits of which the header says nothing',
      (image) => image.set([0], headerAt['embedding_digits']),
    ],
    ['bad_layout', 'digits without row scales', (image) => image.set([contract.layouts.t5], 128 + 1)],
    ['bad_scale', 'a shift of 32 for the digits', (image) => entry(image, embedding, 'scale_e', -63)],
    ['bad_scale', 'no scale of the head', (image) => entry(image, head, 'scale_m', 0)],
    ['bad_directory', 'a matrix of the head', (image) => entry(image, head, 'rows', 97)],
    ['bad_layout', 'bytes of the head', (image) => entry(image, head, 'bytes', 4)],
    ['bad_code', 'a digit without trits', (image) => image.set([27], entryOffset(image, embedding) + 2 * 98)],
    [
      'ok',
      'row scales of any value',
      (image) => image.fill(27, entryOffset(image, 0), entryOffset(image, 0) + 194),
    ],
  ];
  for (const [status, what, spoil] of digitCases)
    it(`of digits with ${what} is ${status}`, () => {
      const image = ofDigits('t5');
      spoil(image);
      sealImage(image);
      assert.equal(statusOf(image), status);
    });

  it('with a pair of bits 10 in t2 is bad_code', () => {
    const image = make({ weights: 't2' });
    image[entryOffset(image, iProj)] = 2;
    sealImage(image);
    assert.equal(statusOf(image), 'bad_code');
  });
});

describe('the size of an image', () => {
  for (const name of ['stories-mlgru-s', 'stories-mlgru-m'])
    it(`of ${name} in t5 is within 3 % of its trits, embedding, norms, bounds and tokenizer`, () => {
      const bytes = compileFolder(join(root, 'models-tiny', name));
      const image = readImage(bytes);
      const needed = image.entries.reduce((sum, { slot, bytes: size }) => {
        const { rows, cols, holds } = slot;
        if (holds === 'trits') return sum + Math.ceil(cols / 5) * Math.ceil(rows / 4) * 4;
        if (holds === 'rows') return sum + rows * cols + 2 * rows;
        return sum + size;
      }, image.tokenizerBytes);
      assert.isAtMost(bytes.length, 1.03 * needed);
      assert.isAtLeast(bytes.length, needed);
    });
});
