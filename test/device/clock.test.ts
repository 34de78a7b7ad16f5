// The clock set-up of the STM32F405, run on this machine against a model of its registers: from every state that a chip may be found in.
import { join } from 'node:path';
import { assert } from 'chai';
import { packageRoot } from '../../host-tools/toolchain/paths.ts';
import { run } from '../../host-tools/toolchain/run.ts';
import { missingPrograms } from '../support/board-firmware.ts';
import { temporaryFolder } from '../support/temporary.ts';

const full = [168_000_000, 84_000_000, 84_000_000].join(' ');
const internal = [16_000_000, 16_000_000, 16_000_000].join(' ');

describe('the clock set-up of stm32f405', function () {
  this.timeout(600_000);
  const folder = temporaryFolder();
  const model = join(folder, 'clock');

  before(async function () {
    const missing = missingPrograms('cc');
    if (missing.length > 0) {
      console.log(`      skipped: this machine lacks ${missing.join(', ')}`);
      return this.skip();
    }
    const own = 'test/support/clock';
    const flags = ['-std=c11', '-Wall', '-Wextra', '-Werror', '-Ifirmware', '-include', `${own}/model.h`];
    const sources = ['firmware/hal/stm32f405/clock.c', `${own}/model.c`];
    const board = '-DTLM_BOARD_H="gen/board_stm32f405.h"';
    await run('cc', [...flags, board, ...sources, '-o', model], { cwd: packageRoot() });
  });

  /** What the model says of a set-up that begins in a state. */
  const from = async (state: string): Promise<string> => (await run(model, [state])).stdout;

  for (const state of ['reset', 'loader', 'crystal', 'stopped']) {
    it(`reaches 168 MHz from ${state} and breaks no rule on the way`, async () => {
      assert.equal(await from(state), `is ${full}\nbelieved ${full}\n`);
    });
  }

  for (const fault of ['no lock', 'no switch']) {
    it(`stays at 16 MHz with ${fault}, and its UART and timer with it`, async () => {
      assert.equal(await from(fault), `is ${internal}\nbelieved ${internal}\n`);
    });
  }

  it('takes the emulator for granted, which has no such registers', async () => {
    assert.equal(await from('absent'), 'believed 168000000 84000000 1000000000\n');
  });
});
