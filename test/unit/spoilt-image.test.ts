// Images that are spoilt in one place: each is refused with its status.
import { join } from 'node:path';
import { assert } from 'chai';
import { sealImage } from '../../host-tools/compiler/pack.ts';
import { ImageFault, readImage } from '../../host-tools/compiler/read-image.ts';
import { layoutOf } from '../../host-tools/contracts/c-header.ts';
import * as contract from '../../host-tools/contracts/image.ts';
import type { StatusName } from '../../host-tools/contracts/status.ts';
import { randomCheckpoint, writeCheckpoint } from '../support/random-checkpoint.ts';
import { compileFolder, smallTokenizer, type ImageOptions } from '../support/small-image.ts';
import { temporaryFolder } from '../support/temporary.ts';

const headerAt = layoutOf(contract.headerFields).offsets;
const entryAt = layoutOf(contract.entryFields).offsets;

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
  const entryStart = (n: number): number => contract.headerBytes + contract.entryBytes * n;
  /** Writes a u16 of the n-th entry. */
  const entry = (image: Uint8Array, n: number, field: string, value: number): void =>
    view(image).setUint16(entryStart(n) + entryAt[field]!, value, true);
  const entryOffset = (image: Uint8Array, n: number): number =>
    view(image).getUint32(entryStart(n) + 4, true);
  const sizeOf = (image: Uint8Array, n: number): number => view(image).getUint32(entryStart(n) + 8, true);
  /** Names the bytes that a device copies to RAM. */
  const copy = (image: Uint8Array, offset: number, bytes: number): void => {
    view(image).setUint32(headerAt['copied_offset']!, offset, true);
    view(image).setUint32(headerAt['copied_bytes']!, bytes, true);
  };
  const tokenizerAt = (image: Uint8Array): number =>
    view(image).getUint32(headerAt['tokenizer_offset']!, true);
  /** Places in the directory of a model with two layers of 16. */
  const [embedding, attnNorm, iProj, firstBound, head] = [0, 1, 5, 8, 35];
  const n_tensors = 36;

  /** Writes a u16 of the tokenizer, which has 7 texts, 1 character and 3 merges. */
  const word = (image: Uint8Array, at: number, value: number): void =>
    view(image).setUint16(tokenizerAt(image) + at, value, true);
  const [firstResult, nMade] = [8, 10];
  const [merges, order] = [20 + 4 * 8 + 8, 20 + 4 * 8 + 8 + 4 * 3 + 512];
  const tokenizerCases: [StatusName, string, (image: Uint8Array) => void][] = [
    ['ok', 'what is where it is looked for', (image) => word(image, order, 0)],
    ['bad_tokenizer', 'results beyond the tokens', (image) => word(image, firstResult, 8)],
    [
      'bad_tokenizer',
      'results of its own and no place for them',
      (image) => word(image, firstResult, 0xffff),
    ],
    ['bad_tokenizer', 'more tokens made than merges', (image) => word(image, nMade, 4)],
    ['bad_tokenizer', 'fewer tokens made than merges', (image) => word(image, nMade, 2)],
    ['bad_tokenizer', 'a part that is no token', (image) => word(image, merges, 10)],
    ['bad_tokenizer', 'a token that is its own left part', (image) => word(image, merges + 8, 9)],
    ['bad_tokenizer', 'a token that is its own right part', (image) => word(image, merges + 10, 9)],
    ['bad_tokenizer', 'a part that writes nothing', (image) => word(image, merges + 10, 0)],
    ['bad_tokenizer', 'a pair twice', (image) => word(image, order + 2, 0)],
    ['bad_tokenizer', 'an order of no merge', (image) => word(image, order + 4, 3)],
  ];

  const cases: [StatusName, string, (image: Uint8Array) => void][] = [
    ['older_version', 'version 0', (image) => header(image, 'version', 0)],
    ['older_version', 'version 2', (image) => header(image, 'version', 2)],
    ['bad_shape', 'another header', (image) => header(image, 'header_bytes', 124)],
    ['bad_shape', 'no layers', (image) => header(image, 'n_layers', 0)],
    ['bad_shape', 'too many layers', (image) => header(image, 'n_layers', 1025)],
    ['bad_shape', 'too wide an intermediate size', (image) => header(image, 'intermediate', 0x8000)],
    ['bad_shape', 'a vocabulary of 65535', (image) => header(image, 'vocab', 0xffff)],
    ['bad_shape', 'a start token beyond the vocabulary', (image) => header(image, 'bos', 97)],
    ['bad_shape', 'no table', (image) => header(image, 'table_groups', 0)],
    ['bad_shape', 'too large a table', (image) => header(image, 'table_groups', 65)],
    ['bad_shape', 'four digits', (image) => image.set([4], headerAt['embedding_digits'])],
    ['bad_shape', 'weights of four digits', (image) => image.set([4], headerAt['weight_digits'])],
    ['bad_layout', 'weights that hold no digits', (image) => image.set([1], headerAt['weight_digits'])],
    ['bad_layout', 'digits that are rows', (image) => image.set([1], headerAt['embedding_digits'])],
    ['bad_scale', 'an epsilon of zero', (image) => header(image, 'norm_eps_m', 0)],
    ['bad_scale', 'an epsilon that is huge', (image) => header(image, 'bitlinear_eps_e', 33)],
    ['bad_directory', 'another number of tensors', (image) => header(image, 'n_tensors', n_tensors - 1)],
    ['bad_directory', 'another hidden size', (image) => header(image, 'hidden', 25)],
    [
      'bad_directory',
      'an offset inside the directory',
      (image) => entry(image, iProj, 'offset', contract.headerBytes),
    ],
    [
      'bad_directory',
      'an odd offset',
      (image) => entry(image, iProj, 'offset', entryOffset(image, iProj) + 2),
    ],
    [
      'bad_directory',
      'more bytes than the image has',
      (image) => view(image).setUint32(entryStart(iProj) + 8, 2 ** 31, true),
    ],
    [
      'ok',
      'one matrix that is copied',
      (image) => copy(image, entryOffset(image, iProj), sizeOf(image, iProj)),
    ],
    ['ok', 'nothing that is copied', (image) => copy(image, entryOffset(image, iProj), 0)],
    ['bad_directory', 'a copy from an odd offset', (image) => copy(image, entryOffset(image, iProj) + 2, 4)],
    ['bad_directory', 'a copy of odd bytes', (image) => copy(image, entryOffset(image, iProj), 6)],
    ['bad_directory', 'a copy beyond the image', (image) => copy(image, image.length - 4, 8)],
    ['bad_directory', 'a copy of 4 GB', (image) => copy(image, 8, 2 ** 32 - 4)],
    [
      'bad_directory',
      'a copy of half a matrix',
      (image) => copy(image, entryOffset(image, iProj), sizeOf(image, iProj) - 4),
    ],
    [
      'bad_directory',
      'a copy of its other half',
      (image) => copy(image, entryOffset(image, iProj) + 4, sizeOf(image, iProj) - 4),
    ],
    ['bad_directory', 'another layer', (image) => entry(image, iProj, 'layer', 1)],
    ['bad_directory', 'another kind', (image) => image.set([contract.tensorKinds.f_proj], entryStart(iProj))],
    ['bad_directory', 'fewer rows', (image) => entry(image, iProj, 'rows', 23)],
    ['bad_layout', 'trits as a vector', (image) => image.set([contract.layouts.s16], entryStart(iProj) + 1)],
    ['bad_layout', 'a layout that nobody knows', (image) => image.set([99], entryStart(iProj) + 1)],
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
    ['bad_scale', 'a shift of −1 for the rows', (image) => entry(image, embedding, 'scale_e', -29)],
    ['bad_scale', 'a shift of 32 for the rows', (image) => entry(image, embedding, 'scale_e', -62)],
    [
      'bad_code',
      'a weight of -32768 of a norm',
      (image) => view(image).setInt16(entryOffset(image, attnNorm), -32768, true),
    ],
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
      (image) => view(image).setUint32(tokenizerAt(image) + 24, 2 ** 31, true),
    ],
    ...tokenizerCases,
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
    assert.equal(statusOf(image.subarray(0, contract.headerBytes - 1)), 'truncated');
    assert.equal(statusOf(image.subarray(0, image.length - 1)), 'truncated');
    assert.equal(statusOf(new Uint8Array(4096).fill(0xff)), 'no_image');
    assert.equal(statusOf(new Uint8Array(4096)), 'bad_magic');
    const newer = image.slice();
    header(newer, 'version', contract.imageVersion + 1);
    assert.equal(statusOf(newer), 'newer_version');
    for (let at = 16; at < image.length; at += 501) {
      const flipped = image.slice();
      flipped[at]! ^= 0x10;
      assert.equal(statusOf(flipped), 'bad_crc', `byte ${at}`);
    }
  });

  const digits = { tie_word_embeddings: true, ternlet: { embedding_digits: 2 } };
  const ofDigits = (weights: 't2' | 't5'): Uint8Array => {
    const home = join(folder, 'digits');
    writeCheckpoint(home, randomCheckpoint({ seed: 6, config: digits }));
    return compileFolder(home, { weights });
  };
  const digitCases: [StatusName, string, (image: Uint8Array) => void][] = [
    ['bad_layout', 'other digits', (image) => image.set([3], headerAt['embedding_digits'])],
    [
      'bad_layout',
      'digits of which the header says nothing',
      (image) => image.set([0], headerAt['embedding_digits']),
    ],
    [
      'bad_layout',
      'digits without row scales',
      (image) => image.set([contract.layouts.t5], entryStart(0) + 1),
    ],
    ['bad_scale', 'a shift of 32 for the digits', (image) => entry(image, embedding, 'scale_e', -62)],
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

  const ofShared = (): Uint8Array => {
    const home = join(folder, 'shared');
    writeCheckpoint(home, randomCheckpoint({ seed: 6, sharesNorms: (layer) => layer === 0 }));
    return compileFolder(home);
  };
  const [fNorm, gNorm, fProj] = [3, 4, 7];
  const sharedCases: [StatusName, string, (image: Uint8Array) => void][] = [
    ['bad_directory', 'a norm of g', (image) => entry(image, gNorm, 'rows', 24)],
    ['bad_directory', 'a matrix of f', (image) => entry(image, fProj, 'rows', 24)],
    ['bad_layout', 'bytes of a norm of f', (image) => entry(image, fNorm, 'bytes', 48)],
    ['bad_directory', 'rows of i alone', (image) => entry(image, iProj, 'rows', 24)],
    ['bad_layout', 'a norm of f', (image) => entry(image, fNorm, 'rows', 24)],
    ['bad_layout', 'no norm of f where all are needed', (image) => entry(image, 16 + fNorm, 'rows', 0)],
    ['bad_scale', 'no scale of f', (image) => entry(image, fProj, 'scale_m', 0)],
    ['ok', 'nothing else', () => undefined],
  ];
  for (const [status, what, spoil] of sharedCases)
    it(`of a layer that shares with ${what} is ${status}`, () => {
      const image = ofShared();
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
