// Golden stories: every device writes the tokens of the interpreter, with equal checksums of every layer at every step.
import { assert } from 'chai';
import { missingPrograms } from '../support/board-firmware.ts';
import { assertGolden } from '../support/golden.ts';
import { interpretStory, storyDevices, storyModel, tellOver } from '../support/story-devices.ts';
import { temporaryState } from '../support/temporary.ts';
import type { Port } from '../../host-tools/link/port.ts';
import type { CompiledStoryModel, ToldStory } from '../support/story-devices.ts';

/** The smallest, the default, and one of the official architecture. */
const models = ['stories-60k', 'stories-1m', 'stories-300k-official'];
const greedy = { maxTokens: 100, temperatureMilli: 0, topK: 0, topPMilli: 1000, seed: 1 };
const stories = [
  { name: 'greedy', prompt: 'Once upon a time', options: greedy },
  {
    name: 'sampled',
    prompt: 'The little fox said, "',
    options: { ...greedy, temperatureMilli: 800, topK: 40, topPMilli: 950, seed: 7 },
  },
  { name: 'free', prompt: '', options: { ...greedy, maxTokens: 60, temperatureMilli: 1000, seed: 2026 } },
];

/** What stands in test/golden: the text for people, tokens and checksums for devices. */
function golden({ tokens, text, checksums }: ToldStory): string {
  return [text, '', `tokens ${tokens.join(' ')}`, '', 'step, checksum of each layer', ...checksums, ''].join(
    '\n',
  );
}

describe('golden stories', function () {
  this.timeout(600_000);
  const folder = temporaryState();
  const compiled = new Map<string, CompiledStoryModel>();
  const expected = new Map<string, ToldStory>();

  before(async () => {
    for (const model of models) compiled.set(model, await storyModel(model));
  });

  for (const model of models)
    for (const { name, prompt, options } of stories)
      it(`of ${model}, ${name}, are those of interpret.ts`, async () => {
        const told = await interpretStory(compiled.get(model)!)(prompt, options);
        expected.set(`${model} ${name}`, told);
        assertGolden(`stories/${model}.${name}.txt`, golden(told));
      });

  for (const device of storyDevices)
    for (const model of models)
      describe(`${model} on ${device.name}`, () => {
        let port: Port | undefined;

        before(async function () {
          const missing = missingPrograms(...device.programs);
          if (missing.length > 0) {
            console.log(`      skipped: this machine lacks ${missing.join(', ')}`);
            return this.skip();
          }
          port = await device.open(compiled.get(model)!.bytes, folder);
        });

        after(() => port?.close());

        for (const { name, prompt, options } of stories)
          it(`writes the ${name} story, equal in every layer`, async () => {
            const told = await tellOver(port!)(prompt, options);
            const wanted = expected.get(`${model} ${name}`)!;
            assert.deepEqual(told.tokens, wanted.tokens);
            assert.equal(told.text, wanted.text);
            assert.deepEqual(told.checksums, wanted.checksums);
          });
      });
});
