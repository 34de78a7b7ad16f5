// Boards: every folder loads, is pure data, and holds together.
import { assert } from 'chai';
import { boardNames, defaultBoard, loadBoard } from '../../boards/board.ts';
import { importsOf } from '../support/sources.ts';

describe('boardNames', () => {
  it('lists the folders of boards, the default among them', () => {
    assert.include(boardNames(), defaultBoard);
    assert.include(boardNames(), 'host');
    assert.deepEqual(boardNames(), [...boardNames()].sort());
  });
});

describe('loadBoard', () => {
  it('refuses a name that no folder has, and names those that there are', async () => {
    for (const name of ['toaster', '..', 'board.ts', '']) {
      const error = await loadBoard(name).then(
        () => undefined,
        (reason: unknown) => reason as Error & { hint: string; exitCode: number },
      );
      assert.equal(error?.message, `there is no board "${name}"`);
      assert.include(error?.hint, boardNames().join(', '));
      assert.equal(error?.exitCode, 1);
    }
  });
});

for (const name of boardNames()) {
  describe(`board ${name}`, () => {
    it('is data: it survives JSON and imports only types', async () => {
      const board = await loadBoard(name);
      assert.deepEqual(JSON.parse(JSON.stringify(board)), board);
      assert.deepEqual(importsOf(`boards/${name}/board.ts`), [{ to: 'boards/board.ts', typeOnly: true }]);
    });

    it('maps firmware and image into its flash, apart, on erase units', async () => {
      const { memory, flashMap, eraseUnits } = await loadBoard(name);
      const { flash } = memory;
      const starts = eraseUnits.map(
        (_, i) => flash.base + eraseUnits.slice(0, i).reduce((sum, bytes) => sum + bytes, 0),
      );
      for (const region of Object.values(flashMap)) {
        assert.isAtLeast(region.base, flash.base);
        assert.isAtMost(region.base + region.bytes, flash.base + flash.bytes);
        if (eraseUnits.length > 0) assert.include(starts, region.base);
      }
      const { firmware, image } = flashMap;
      assert.isTrue(
        firmware.base + firmware.bytes <= image.base || image.base + image.bytes <= firmware.base,
      );
      if (eraseUnits.length > 0)
        assert.equal(
          eraseUnits.reduce((sum, bytes) => sum + bytes, 0),
          flash.bytes,
        );
    });

    it('says where its currents come from, with the typical ones below the largest', async () => {
      const { power } = await loadBoard(name);
      if (!power) return;
      assert.isNotEmpty(power.source);
      for (const current of [power.runMilliamps, power.sleepMilliamps])
        assert.isBelow(current.typical, current.maximum);
      assert.isBelow(power.sleepMilliamps.typical, power.runMilliamps.typical);
    });
  });
}
