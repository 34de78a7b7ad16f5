// The cache of compiled images: what it keeps apart, and how many it keeps.
import { readdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { assert } from 'chai';
import { cachedImage } from '../../host-tools/commands/image-cache.ts';
import { packageRoot } from '../../host-tools/toolchain/paths.ts';
import { temporaryState } from '../support/temporary.ts';

const model = join(packageRoot(), 'models-tiny', 'stories-mlgru-s');
const options = { weights: 't5', embedding: 8, tableBytes: 8192 } as const;

describe('cachedImage', () => {
  const state = temporaryState();

  it('makes an image once', async () => {
    const make = (): Promise<Uint8Array> => Promise.resolve(Uint8Array.of(1, 2, 3));
    assert.deepEqual([...(await cachedImage(model, options, make))], [1, 2, 3]);
    const again = await cachedImage(model, options, () => assert.fail('it is made again'));
    assert.deepEqual([...again], [1, 2, 3]);
  });

  it('keeps images of other options apart', async () => {
    const make = (): Promise<Uint8Array> => Promise.resolve(Uint8Array.of(4));
    assert.deepEqual([...(await cachedImage(model, { ...options, weights: 't2' }, make))], [4]);
  });

  it('keeps the newest eight', async () => {
    const images = join(state, 'images');
    for (let i = 0; i < 10; i += 1) {
      for (const name of readdirSync(images)) utimesSync(join(images, name), 1e9, 1e9);
      await cachedImage(model, { ...options, tableBytes: 1024 + i }, () => Promise.resolve(Uint8Array.of(i)));
    }
    assert.lengthOf(readdirSync(images), 8);
  });

  it('does without where nothing can be written', async () => {
    process.env['TERNLET_STATE'] = '/dev/null/nowhere';
    const image = await cachedImage(model, options, () => Promise.resolve(Uint8Array.of(9)));
    process.env['TERNLET_STATE'] = state;
    assert.deepEqual([...image], [9]);
  });
});
