// The cache between an RP2040 and its flash.
import { assert } from 'chai';
import { FlashCache } from '../../host-tools/emulators/rp2040-cache.ts';

describe('FlashCache', () => {
  const missesOf = (offsets: readonly number[], cache = new FlashCache()): number => {
    offsets.forEach((offset) => cache.touch(offset));
    return cache.misses;
  };

  it('fetches a line of 8 bytes once', () => {
    assert.equal(missesOf([0, 1, 7, 4, 8, 15, 0]), 2);
  });

  it('holds two lines of a set, and gives up the one that was used longer ago', () => {
    const [a, b, c] = [0, 8 * 1024, 16 * 1024];
    assert.equal(missesOf([a, b, a, b]), 2);
    assert.equal(missesOf([a, b, a, c, a]), 3);
    assert.equal(missesOf([a, b, a, c, b]), 4);
  });

  it('holds 16 KB, and nothing after it was emptied', () => {
    const all = Array.from({ length: 2048 }, (_, line) => 8 * line);
    const cache = new FlashCache();
    assert.equal(missesOf([...all, ...all], cache), 2048);
    cache.empty();
    assert.equal(cache.misses, 0);
    assert.equal(missesOf([0], cache), 1);
  });
});
