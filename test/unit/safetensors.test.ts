// Safetensors files: right ones read exactly, lying ones refused.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { assert } from 'chai';
import { openTensors, readDirectory, readTensor, widen } from '../../host-tools/compiler/safetensors.ts';
import { refusalOf, temporaryFolder } from '../support/temporary.ts';
import { eightBits, encodeRaw, encodeSafetensors, halfBits } from '../support/write-safetensors.ts';

describe('widen', () => {
  it('reads all binary16 values as they are', () => {
    for (let bits = 0; bits < 0x10000; bits++) {
      const [value] = widen(Uint8Array.of(bits & 255, bits >> 8), 'F16');
      if (Number.isNaN(value)) assert.isAbove(bits & 0x7fff, 0x7c00);
      else assert.equal(halfBits(value!), bits);
    }
  });

  it('reads bfloat16 as the upper half of a float32', () => {
    assert.deepEqual([...widen(Uint8Array.of(0xc0, 0x3f, 0x80, 0xff), 'BF16')], [1.5, -Infinity]);
  });
});

describe('widen of F8_E4M3', () => {
  it('reads all values as they are, the largest 448, the smallest 2^-9', () => {
    const all = widen(
      Uint8Array.from({ length: 256 }, (_, bits) => bits),
      'F8_E4M3',
    );
    all.forEach((value, bits) => {
      if ((bits & 0x7f) === 0x7f) assert.isNaN(value);
      else assert.equal(eightBits(value), bits);
    });
    assert.deepEqual(
      [all[0x7e], all[0xfe], all[0x01], all[0x38], all[0x08]],
      [448, -448, 2 ** -9, 1, 2 ** -6],
    );
  });
});

describe('readDirectory', () => {
  const folder = temporaryFolder();
  const path = join(folder, 'x.safetensors');
  const write = (bytes: Uint8Array) => writeFileSync(path, bytes);
  const refusal = (bytes: Uint8Array) => {
    write(bytes);
    return refusalOf(() => readDirectory(path));
  };
  const entry = (begin: number, end: number, shape = [(end - begin) / 4], dtype = 'F32') =>
    JSON.stringify({ dtype, shape, data_offsets: [begin, end] });

  it('reads what was written, in every dtype', () => {
    const values = [1, -0.5, 0.25, 0, 3, -2];
    write(
      encodeSafetensors({
        a: { shape: [2, 3], values, dtype: 'F32' },
        b: { shape: [6], values, dtype: 'F16' },
        c: { shape: [3, 2], values, dtype: 'BF16' },
        d: { shape: [1, 6], values, dtype: 'F8_E4M3' },
      }),
    );
    const tensors = readDirectory(path);
    assert.deepEqual(tensors.get('a')!.shape, [2, 3]);
    for (const one of tensors.values()) assert.deepEqual([...readTensor(one)], values);
  });

  it('takes a header that is padded with spaces', () => {
    write(encodeRaw(`{"a":${entry(0, 4)}}   `, new Uint8Array(4)));
    assert.equal(readDirectory(path).size, 1);
  });

  const cases: [string, Uint8Array, RegExp][] = [
    ['an empty file', new Uint8Array(), /^x.safetensors is truncated: 0 bytes/],
    [
      'a length past the end',
      Uint8Array.of(99, 0, 0, 0, 0, 0, 0, 0, 123),
      /claims 99 bytes, the file has 9$/,
    ],
    ['a length of 2^63', Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 128), /claims \d+ bytes, at most/],
    ['a header that is no object', encodeRaw('[1]', new Uint8Array()), /does not begin with \{/],
    [
      'a header that is no JSON',
      encodeRaw('{"a":', new Uint8Array()),
      /the header of x.safetensors is no valid JSON/,
    ],
    ['a header that is no UTF-8', Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 0, 123, 255), /is not UTF-8/],
    [
      'a name twice',
      encodeRaw(`{"a":${entry(0, 4)},"\\u0061":${entry(4, 8)}}`, new Uint8Array(8)),
      /holds the name "a" twice/,
    ],
    [
      'metadata that is no map',
      encodeRaw('{"__metadata__":{"a":1}}', new Uint8Array()),
      /__metadata__ is no map of strings/,
    ],
    [
      'another dtype',
      encodeRaw(`{"a":${entry(0, 8, [1], 'I64')}}`, new Uint8Array(8)),
      /tensor a has dtype "I64"; F32, F16, BF16 and F8_E4M3 are read/,
    ],
    ['no entry', encodeRaw('{"a":null}', new Uint8Array()), /tensor a has dtype undefined/],
    [
      'a negative size',
      encodeRaw(`{"a":${entry(0, 4, [-1])}}`, new Uint8Array(4)),
      /tensor a has shape \[-1\]/,
    ],
    ['falling offsets', encodeRaw(`{"a":${entry(4, 0, [1])}}`, new Uint8Array(4)), /data_offsets \[4,0\]/],
    [
      'a shape that does not fit',
      encodeRaw(`{"a":${entry(0, 8, [3])}}`, new Uint8Array(8)),
      /takes 12 bytes, its data_offsets span 8/,
    ],
    [
      'a huge shape',
      encodeRaw(`{"a":${entry(0, 8, [2 ** 52, 2 ** 52])}}`, new Uint8Array(8)),
      /does not fit its place/,
    ],
    [
      'data that is cut off',
      encodeRaw(`{"a":${entry(0, 8)}}`, new Uint8Array(7)),
      /tensor a ends at byte \d+, past the end/,
    ],
    [
      'an overlap',
      encodeRaw(`{"a":${entry(0, 8)},"b":${entry(4, 12)}}`, new Uint8Array(12)),
      /tensor b overlaps the tensor before it by 4/,
    ],
    [
      'a hole',
      encodeRaw(`{"a":${entry(0, 4)},"b":${entry(8, 12)}}`, new Uint8Array(12)),
      /tensor b leaves a hole of 4 bytes/,
    ],
    [
      'bytes behind the last tensor',
      encodeRaw(`{"a":${entry(0, 4)}}`, new Uint8Array(6)),
      /2 bytes behind its last tensor/,
    ],
  ];
  for (const [what, bytes, sentence] of cases) {
    it(`refuses ${what}`, () => assert.match(refusal(bytes), sentence));
  }
});

describe('openTensors', () => {
  const folder = temporaryFolder();
  const a = { a: { shape: [1], values: [1] } };
  const index = (weightMap: unknown) =>
    writeFileSync(join(folder, 'model.safetensors.index.json'), JSON.stringify({ weight_map: weightMap }));
  const refusal = () => refusalOf(() => openTensors(folder));

  it('refuses a folder without weights', () => {
    assert.match(refusal(), /holds no weights: neither model.safetensors nor/);
  });

  it('reads the files of an index', () => {
    writeFileSync(join(folder, 'one.safetensors'), encodeSafetensors(a));
    writeFileSync(join(folder, 'two.safetensors'), encodeSafetensors({ b: { shape: [1], values: [2] } }));
    index({ a: 'one.safetensors', b: 'two.safetensors' });
    assert.deepEqual([...openTensors(folder).tensors.keys()], ['a', 'b']);
  });

  it('refuses an index that does not agree with its files', () => {
    index(undefined);
    assert.match(refusal(), /has no weight_map/);
    index({ a: '../one.safetensors' });
    assert.match(refusal(), /tensor a is said to be in "..\/one.safetensors"/);
    index({ a: 'three.safetensors' });
    assert.match(refusal(), /names three.safetensors, which is not in the folder/);
    index({ a: 'one.safetensors', c: 'one.safetensors' });
    assert.match(refusal(), /tensor c is not in one.safetensors/);
    index({ c: 'one.safetensors' });
    assert.match(refusal(), /one.safetensors: tensor a is not listed for this file/);
  });
});
