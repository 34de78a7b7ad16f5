// The stack of the emulated Pico: what a story leaves of the paint that start-up covers it with.
import { readFileSync } from 'node:fs';
import { assert } from 'chai';
import { buildFirmware } from '../../host-tools/toolchain/firmware-build.ts';
import { missingPrograms } from '../support/board-firmware.ts';
import { runPico } from '../support/pico.ts';
import { storyModel } from '../support/story-devices.ts';

describe('the stack of the Pico', function () {
  this.timeout(600_000);

  it('has a quarter that stories and commands never reach', async function () {
    const missing = missingPrograms('arm-none-eabi-gcc');
    if (missing.length > 0) {
      console.log(`      skipped: this machine lacks ${missing.join(', ')}`);
      this.skip();
    }
    const { bytes } = await storyModel('stories-60k');
    const pico = await runPico(readFileSync((await buildFirmware('pico')).binPath), bytes);
    pico.ask('help\rinfo\rset temperature 0.8\rset top-k 40\rset top-p 0.9\rset max-tokens 4\r');
    assert.match(pico.ask('generate The little fox said, "I\rcontinue and then\r'), /4 tokens/);
    const stack = /stack, at its deepest: ([\d,]+) of ([\d,]+) bytes/.exec(pico.ask('status\r'));
    const [used, all] = stack!.slice(1).map((text) => Number(text.replaceAll(',', '')));
    assert.isAtLeast(used!, 256, 'it is painted');
    assert.isAtMost(used!, (all! * 3) / 4);
  });
});
