// The cache of compiled images: what it keeps apart, how many it keeps, and what it does with a spoilt one.
import { anyTarget } from '../../host-tools/compiler/plan-image.ts';
import { mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { assert } from 'chai';
import { cachedImage } from '../../host-tools/commands/image-cache.ts';
import { readImage } from '../../host-tools/compiler/read-image.ts';
import { packageRoot } from '../../host-tools/toolchain/paths.ts';
import type { ModelImage } from '../../host-tools/commands/model-image.ts';
import { importsOf } from '../support/sources.ts';
import { compileFolder } from '../support/small-image.ts';
import { temporaryState } from '../support/temporary.ts';

const model = join(packageRoot(), 'models-tiny', 'stories-60k');
const options = { weights: 't5', embedding: 8, target: anyTarget(8192) } as const;

describe('cachedImage', () => {
  const state = temporaryState();
  const images = join(state, 'images');
  let t5: ModelImage;
  let t2: ModelImage;
  const give = (image: ModelImage) => (): Promise<ModelImage> => Promise.resolve(image);
  const never = (): Promise<ModelImage> => assert.fail('it is made again');

  before(() => {
    const made = (weights: 't2' | 't5'): ModelImage => {
      const bytes = compileFolder(model, { weights });
      return { bytes, image: readImage(bytes) };
    };
    [t5, t2] = [made('t5'), made('t2')];
  });

  it('makes an image once', async () => {
    assert.equal(await cachedImage(model, options, give(t5)), t5);
    const again = await cachedImage(model, options, never);
    assert.isTrue(Buffer.from(t5.bytes).equals(again.bytes));
    assert.equal(again.image.crc32, t5.image.crc32);
  });

  it('keeps images of other options apart', async () => {
    assert.equal(await cachedImage(model, { ...options, weights: 't2' }, give(t2)), t2);
    assert.equal((await cachedImage(model, options, never)).image.crc32, t5.image.crc32);
  });

  it('makes a spoilt image again and replaces it', async () => {
    for (const name of readdirSync(images)) writeFileSync(join(images, name), t5.bytes.subarray(0, 1000));
    assert.equal(await cachedImage(model, options, give(t5)), t5);
    assert.equal((await cachedImage(model, options, never)).image.crc32, t5.image.crc32);
  });

  it('keeps the newest eight', async () => {
    for (let i = 0; i < 10; i += 1) {
      for (const name of readdirSync(images)) utimesSync(join(images, name), 1e9, 1e9);
      await cachedImage(model, { ...options, target: anyTarget(1024 + i) }, give(t5));
    }
    assert.lengthOf(readdirSync(images), 8);
  });

  it('does without where nothing can be kept', async () => {
    process.env['TERNLET_STATE'] = '/dev/null/nowhere';
    try {
      assert.equal(await cachedImage(model, options, give(t5)), t5);
    } finally {
      process.env['TERNLET_STATE'] = state;
    }
  });

  it('does without where a folder stands in the place of the image', async () => {
    const before = new Set(readdirSync(images));
    await cachedImage(model, { ...options, target: anyTarget(2048) }, give(t5));
    const name = readdirSync(images).find((each) => !before.has(each))!;
    process.env['TERNLET_STATE'] = join(state, 'other');
    try {
      mkdirSync(join(state, 'other', 'images', name, 'x'), { recursive: true });
      assert.equal(await cachedImage(model, { ...options, target: anyTarget(2048) }, give(t5)), t5);
    } finally {
      process.env['TERNLET_STATE'] = state;
    }
    assert.isTrue(Buffer.from(t5.bytes).equals(readFileSync(join(images, name))));
  });

  it('is named by all code that decides an image', () => {
    // compile-model.ts itself only puts parts together: what it uses beyond that must lie in a folder that is hashed.
    const used = importsOf('host-tools/commands/compile-model.ts').filter(({ typeOnly }) => !typeOnly);
    const strays = used.filter(
      ({ to }) => !/^(node:fs$|host-tools\/(compiler|contracts|engines)\/)/.test(to),
    );
    assert.isEmpty(strays.map(({ to }) => to));
  });
});
