// Packing and reading images: what goes in comes out, and nothing is wasted.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { assert, expect } from 'chai';
import { readCheckpoint } from '../../host-tools/compiler/checkpoint.ts';
import { scaleOf } from '../../host-tools/compiler/fixed.ts';
import { buildIr, type Ir } from '../../host-tools/compiler/ir.ts';
import { quantize } from '../../host-tools/compiler/quantize.ts';
import { ImageFault, readImage, type Image, type ImageMatrix } from '../../host-tools/compiler/read-image.ts';
import * as contract from '../../host-tools/contracts/image.ts';
import { randomCheckpoint, writeCheckpoint, type RandomShape } from '../support/random-checkpoint.ts';
import { compileFolder } from '../support/small-image.ts';
import { root } from '../support/sources.ts';
import { refusalOf, temporaryFolder } from '../support/temporary.ts';

const digits = (n: number, more: object = {}) => ({
  tie_word_embeddings: true,
  ternlet: { embedding_digits: n, ...more },
});
const shapes: [string, RandomShape['config'], RandomShape['sharesNorms']?][] = [
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
  ['a layer that shares its norm', { hidden_size: 37 }, (layer) => layer === 1],
  ['layers that share and row scales', { ternlet: { row_scales: true }, hidden_size: 37 }, () => true],
  [
    'layers that share and two digits',
    { ...digits(2, { row_scales: true, weight_digits: 2 }), expand_ratio: 1.5, use_lower_bound: false },
    () => true,
  ],
  ['the smallest of all', { hidden_size: 1, intermediate_size: 1, vocab_size: 9, num_hidden_layers: 1 }],
];

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

  for (const [what, config, sharesNorms = () => false] of shapes)
    for (const weights of ['t2', 't5'] as const)
      for (const embeddingBits of [8, 16] as const)
        it(`gives ${what} back from ${weights} and e${embeddingBits}`, () => {
          const home = join(folder, what.replaceAll(' ', '-'));
          writeCheckpoint(home, randomCheckpoint({ seed: 3, ...(config && { config }), sharesNorms }));
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
            if (slot.kind === 'i_proj' && slot.rows === 3 * image.shape.inner) {
              const { i, f, g } = image.layers[slot.layer]!;
              const trits = [i, f, g].flatMap((part) => [...part.trits]);
              const scales = [i, f, g].flatMap((part) => [...(part.rowScales ?? [])]);
              assert.deepEqual([trits, scales], [[...values], [...(rowScales ?? [])]], id);
              continue;
            }
            if (slot.holds === 'digits' && slot.rows > 0)
              assert.deepEqual(found.get(id)!.rowScales, rowScales, id);
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
    assert.deepEqual([image.bos, image.eos, image.bytes, image.version], [5, 7, bytes.length, 3]);
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

  it('refuses version 1, whose tokenizer was another, and says what to do', () => {
    const bytes = readFileSync(join(root, 'test/fixtures/images/version-1.tern'));
    const refused = (): unknown => readImage(bytes);
    assert.throws(
      refused,
      ImageFault,
      'the image is of an older version than this firmware reads (version 1, ',
    );
    const hint = 'Compile the model again, and copy the whole file.';
    expect(refused).to.throw().that.deep.includes({ status: 'older_version', hint });
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

describe('the size of an image', () => {
  for (const name of ['stories-60k', 'stories-1m', 'stories-300k-official'])
    it(`of ${name} in t5 is within 3 % of its directory, trits, embedding, norms, bounds and tokenizer`, () => {
      const bytes = compileFolder(join(root, 'models-tiny', name));
      const image = readImage(bytes);
      const directory = contract.headerBytes + contract.entryBytes * image.entries.length;
      const needed = image.entries.reduce((sum, { slot, bytes: size }) => {
        const { rows, cols, holds } = slot;
        if (holds === 'trits') return sum + Math.ceil(cols / 5) * Math.ceil(rows / 4) * 4;
        if (holds === 'rows') return sum + rows * cols + 2 * rows;
        return sum + size;
      }, directory + image.tokenizerBytes);
      assert.isAtMost(bytes.length, 1.03 * needed);
      assert.isAtLeast(bytes.length, needed);
    });
});
