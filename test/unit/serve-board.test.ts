// An emulated board is known from its begin until its flash is kept, so that no second one begins with an older flash.
import { assert } from 'chai';
import { runningBoard } from '../../host-tools/emulators/registry.ts';
import { serveBoard } from '../../host-tools/emulators/serve-board.ts';
import { temporaryState } from '../support/temporary.ts';

describe('serveBoard', () => {
  temporaryState();

  for (const [what, keep] of [
    ['is kept', () => Promise.resolve()],
    ['cannot be kept', () => Promise.reject(new Error('the disk is full'))],
  ] as const)
    it(`lists a board until its flash ${what}`, async () => {
      const isListed = (): boolean => runningBoard('fake') !== undefined;
      let wasListed = false;
      const board = await serveBoard('fake', {
        port: '/dev/pts/none',
        status: () => ({ board: 'fake', port: '', state: 'off', boot0: false, counted: false, notes: [] }),
        reset: async () => undefined,
        setBoot0: async () => undefined,
        setPower: async () => undefined,
        subscribe: () => () => undefined,
        powerUp: async () => undefined,
        close() {
          wasListed = isListed();
          return keep();
        },
      });
      assert.isTrue(isListed());
      await board.close().catch(() => undefined);
      assert.deepEqual([wasListed, isListed()], [true, false]);
    });
});
