// Checkpoint → float IR: what is there, and each way in which tensors can be wrong.
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { assert } from 'chai';
import { readCheckpoint } from '../../host-tools/compiler/checkpoint.ts';
import { boundsFromLogits, buildIr, tensorNames } from '../../host-tools/compiler/ir.ts';
import { ternarize } from '../../host-tools/compiler/ternary.ts';
import { randomCheckpoint, writeCheckpoint, type RandomCheckpoint } from '../support/random-checkpoint.ts';
import { refusalOf, temporaryFolder } from '../support/temporary.ts';

describe('ternarize', () => {
  it('sends ties to 0 and the rest to their sign', () => {
    const { trits, meanAbs } = ternarize(Float32Array.of(1, -1, 0.5, -0.5, 0.51, -0.51, 2.98));
    assert.closeTo(meanAbs, 1, 1e-7);
    assert.deepEqual([...trits], [1, -1, 0, 0, 1, -1, 1]);
  });

  it('has a floor under the mean', () => {
    const { trits, meanAbs } = ternarize(Float32Array.of(0, 0, 4e-6, 6e-6));
    assert.equal(meanAbs, Math.fround(1e-5));
    assert.deepEqual([...trits], [0, 0, 0, 1]);
  });
});

describe('boundsFromLogits', () => {
  it('sums the softmax over layers, without the first', () => {
    const bounds = boundsFromLogits(Float32Array.of(0, Math.log(1), 0, Math.log(2), 0, Math.log(1)), 3);
    [0, 0, 1 / 3, 0.5, 2 / 3, 0.75].forEach((value, i) => assert.closeTo(bounds[i]!, value, 1e-7));
  });
});

describe('buildIr', () => {
  const folder = temporaryFolder();
  const build = (change: (checkpoint: RandomCheckpoint) => void, config = {}) => {
    const checkpoint = randomCheckpoint({ seed: 1, config });
    change(checkpoint);
    writeCheckpoint(folder, checkpoint);
    return buildIr(readCheckpoint(folder));
  };
  const refusal = (change: (checkpoint: RandomCheckpoint) => void, config = {}) =>
    refusalOf(() => build(change, config));

  it('has every tensor in its place', () => {
    const ir = build(() => undefined);
    assert.equal(tensorNames(ir.config).length, 15 * 2 + 5);
    assert.deepEqual([ir.layers[1]!.gate.rows, ir.layers[1]!.gate.columns], [80, 24]);
    assert.equal(ir.lowerBounds!.length, 48);
    assert.equal(ir.head.weight.length, 97 * 24);
  });

  it('takes the embedding for the head where they are tied, saved once or twice', () => {
    const tied = { tie_word_embeddings: true };
    const once = build(() => undefined, tied);
    assert.strictEqual(once.head.weight, once.embedding);
    const copy = (checkpoint: RandomCheckpoint) =>
      (checkpoint.tensors['lm_head.weight'] = checkpoint.tensors['model.embeddings.weight']!);
    const twice = build(copy, tied);
    assert.strictEqual(twice.head.weight, twice.embedding);
    const differ = refusal((checkpoint) => {
      const { shape, values } = copy(checkpoint);
      checkpoint.tensors['lm_head.weight'] = { shape, values: Array.from(values, (value) => value + 1) };
    }, tied);
    assert.match(differ, /holds two different matrices/);
  });

  const digits = (n: number) => ({ tie_word_embeddings: true, ternlet: { embedding_digits: n } });

  for (const n of [1, 2, 3])
    it(`finds the integers of ${n} digits behind rounded products`, () => {
      const most = (3 ** n - 1) / 2;
      const scales = Float32Array.from({ length: 97 }, (_, row) => (row === 3 ? 0 : 0.37 / (row + 1)));
      const integers = Int8Array.from({ length: 97 * 24 }, (_, i) => (i % (2 * most + 1)) - most);
      integers.subarray(3 * 24, 4 * 24).fill(0);
      const values = integers.map(() => 0) as unknown as number[];
      const products = Array.from(values, (_, i) => integers[i]! * scales[Math.floor(i / 24)]!);
      for (const dtype of ['F32', 'BF16'] as const) {
        const ir = build(({ tensors }) => {
          tensors['model.embeddings.weight'] = { shape: [97, 24], values: products, dtype };
          tensors['model.embeddings.weight_scale'] = { shape: [97], values: scales };
        }, digits(n));
        assert.deepEqual(ir.head.digits, { integers, scales, digits: n });
      }
    });

  it('refuses digits that are none', () => {
    const refused = (tensor: string, index: number, value: number) =>
      refusal(({ tensors }) => {
        const values = Array.from(tensors[tensor]!.values);
        values[index] = value;
        tensors[tensor] = { ...tensors[tensor]!, values };
        if (tensor.endsWith('weight'))
          (tensors['model.embeddings.weight_scale']!.values as number[])[2] = 0.25;
      }, digits(2));
    const weight = 'model.embeddings.weight';
    const allowed = 'that is no whole number from -4 to 4 times 0.25, its weight_scale';
    assert.equal(refused(weight, 50, 1.25), `tensor ${weight} holds 1.25 at row 2, column 2; ${allowed}`);
    assert.equal(
      refused(weight, 48, 0.4),
      `tensor ${weight} holds 0.4000000059604645 at row 2, column 0; ${allowed}`,
    );
    assert.equal(
      refused('model.embeddings.weight_scale', 7, -1),
      'tensor model.embeddings.weight_scale holds -1 at index 7; a scale is 0 or more',
    );
    assert.match(
      refused('model.embeddings.weight_scale', 7, 0),
      /at row 7, column 0; that is no whole number from -4 to 4 times 0, its/,
    );
    const second = refusal(({ tensors }) => (tensors['lm_head.weight'] = tensors[weight]!), digits(2));
    assert.match(second, /holds tensor lm_head.weight, which its config.json has no place for/);
  });

  it('refuses a tensor that is missing', () => {
    const found = refusal(({ tensors }) => delete tensors['model.layers.1.attn.f_proj.norm.weight']);
    assert.match(found, /lacks tensor model.layers.1.attn.f_proj.norm.weight/);
    assert.match(
      refusal(({ tensors }) => delete tensors['lm_head.weight']),
      /lacks tensor lm_head.weight/,
    );
  });

  it('refuses a tensor that nothing asks for', () => {
    const bias = { shape: [24], values: new Float32Array(24) };
    assert.match(
      refusal(({ tensors }) => (tensors['model.layers.0.attn.i_proj.bias'] = bias)),
      /holds tensor model.layers.0.attn.i_proj.bias, which its config.json has no place for/,
    );
    const noBounds = refusal((checkpoint) => Object.assign(checkpoint.config, { use_lower_bound: false }));
    assert.match(noBounds, /holds tensor model.lower_bounds/);
  });

  it('refuses another shape, even of the same size', () => {
    const found = refusal(({ tensors }) => {
      tensors['model.layers.0.mlp.down_proj.weight'] = {
        ...tensors['model.layers.0.mlp.down_proj.weight']!,
        shape: [40, 24],
      };
    });
    assert.match(
      found,
      /tensor model.layers.0.mlp.down_proj.weight has shape \[40, 24\]; config.json asks for \[24, 40\]/,
    );
  });

  for (const [value, dtype] of [
    [NaN, 'F32'],
    [Infinity, 'F16'],
    [-Infinity, 'BF16'],
    [NaN, 'F8_E4M3'],
  ] as const) {
    it(`refuses ${value} in ${dtype}`, () => {
      const found = refusal(({ tensors }) => {
        const tensor = tensors['model.norm.weight']!;
        const values = Array.from(tensor.values, (old, i) => (i === 7 ? value : old));
        tensors['model.norm.weight'] = { ...tensor, values, dtype };
      });
      assert.include(found, `tensor model.norm.weight holds ${value} at index 7`);
    });
  }

  it('refuses folders that are no checkpoint', () => {
    assert.match(
      refusalOf(() => readCheckpoint(join(folder, 'none'))),
      /is no checkpoint folder/,
    );
    rmSync(join(folder, 'config.json'));
    assert.match(
      refusalOf(() => readCheckpoint(folder)),
      /holds no config.json/,
    );
  });

  it('gives each file and the whole a hash', () => {
    writeCheckpoint(folder, randomCheckpoint({ seed: 2 }));
    const before = readCheckpoint(folder);
    assert.deepEqual(
      before.files().map((file) => file.name),
      ['config.json', 'model.safetensors'],
    );
    writeFileSync(join(folder, 'config.json'), JSON.stringify(randomCheckpoint({ seed: 2 }).config, null, 1));
    assert.notEqual(readCheckpoint(folder).sha256(), before.sha256());
  });
});
