// Prompts of one to six tokens on the emulated Pico: where the last token is one of a pair and where it is alone, core 1
// may still write activations when core 0 goes on.
import { assert } from 'chai';
import type { Port } from '../../host-tools/link/port.ts';
import { missingPrograms } from '../support/board-firmware.ts';
import { emulatedDevice, interpretStory, storyModel, tellOver } from '../support/story-devices.ts';
import type { CompiledStoryModel } from '../support/story-devices.ts';
import { temporaryState } from '../support/temporary.ts';

const words = ['One', ' day', ',', ' the', ' fox', ' found'];
const options = { maxTokens: 3, temperatureMilli: 0, topK: 0, topPMilli: 1000, seed: 1 };

describe('prompts on the emulated pico', function () {
  this.timeout(600_000);
  const folder = temporaryState();
  let model: CompiledStoryModel;
  let port: Port | undefined;

  before(async function () {
    const device = emulatedDevice('pico', 'arm-none-eabi-gcc');
    const missing = missingPrograms(...device.programs);
    if (missing.length > 0) {
      console.log(`      skipped: this machine lacks ${missing.join(', ')}`);
      this.skip();
    }
    model = await storyModel('stories-60k');
    port = await device.open(model.bytes, folder);
  });

  after(() => port?.close());

  for (const n of words.keys())
    it(`of ${n + 1} words go on as the interpreter writes`, async () => {
      const prompt = words.slice(0, n + 1).join('');
      const told = await tellOver(port!)(prompt, options);
      const wanted = await interpretStory(model)(prompt, options);
      assert.deepEqual(told.tokens, wanted.tokens);
    });
});
