// Models with extensions of the official architecture, and such whose i, f and g share a norm: every device writes what interpret.ts does, equal in every layer.
import { join } from 'node:path';
import { assert } from 'chai';
import { tableBytesPerGroup } from '../../host-tools/contracts/image.ts';
import { readImage } from '../../host-tools/compiler/read-image.ts';
import { missingPrograms } from '../support/board-firmware.ts';
import { randomCheckpoint, writeCheckpoint, type RandomShape } from '../support/random-checkpoint.ts';
import { compileFolder, smallTokenizer, type ImageOptions } from '../support/small-image.ts';
import { emulatedDevice, interpretStory, storyDevices, tellOver } from '../support/story-devices.ts';
import { temporaryState } from '../support/temporary.ts';

const tied = { tie_word_embeddings: true };
const models: [string, RandomShape['config'], ImageOptions][] = [
  [
    'row scales and an embedding of 3 digits in t5',
    { ...tied, ternlet: { row_scales: true, embedding_digits: 3 } },
    { tableBytes: 1008 },
  ],
  // Two blocks of rows, whose last one is no multiple of four rows of trits.
  ...(['t5', 't2'] as const).map((weights): (typeof models)[number] => [
    `an embedding of 3 digits in one chunk of ${weights}`,
    { ...tied, intermediate_size: 60, ternlet: { row_scales: true, embedding_digits: 3 } },
    { weights, tableBytes: 32 * tableBytesPerGroup },
  ]),
  ['i, f and g that share a table', {}, { tableBytes: 1008 }],
  [
    '2 digits everywhere in t2',
    { ...tied, ternlet: { row_scales: true, embedding_digits: 2, weight_digits: 2 } },
    { weights: 't2' },
  ],
];
const devices = [
  ...storyDevices,
  emulatedDevice('pico', 'arm-none-eabi-gcc'),
  emulatedDevice('virt', 'qemu-system-riscv32', 'riscv64-unknown-elf-gcc'),
];
const sharesNorms = (layer: number): boolean => layer !== 1;
const vocabSize = 203;
const small = smallTokenizer(vocabSize);
/** Every token has a text. */
const tokenizer = {
  ...small,
  vocab: Array.from({ length: vocabSize }, (_, id) => small.vocab[id] ?? Buffer.from(`<${id}>`)),
};
const options = { maxTokens: 40, temperatureMilli: 800, topK: 0, topPMilli: 950, seed: 3 };

describe('models with extensions', function () {
  this.timeout(600_000);
  const folder = temporaryState();

  for (const [what, config, imageOptions] of models)
    for (const device of devices)
      it(`of ${what} write the same on ${device.name}`, async function () {
        const missing = missingPrograms(...device.programs);
        if (missing.length > 0) {
          console.log(`      skipped: this machine lacks ${missing.join(', ')}`);
          return this.skip();
        }
        const home = join(folder, what.replaceAll(' ', '-'));
        const shape = {
          vocab_size: vocabSize,
          hidden_size: 83,
          intermediate_size: 150,
          num_hidden_layers: 3,
        };
        writeCheckpoint(home, randomCheckpoint({ seed: 8, config: { ...shape, ...config }, sharesNorms }));
        const bytes = compileFolder(home, { ...imageOptions, tokenizer });
        const wanted = await interpretStory({ bytes, image: readImage(bytes) })('ab cd', options);
        assert.isAbove(wanted.tokens.length, 10);
        const port = await device.open(bytes, folder);
        try {
          const told = await tellOver(port)('ab cd', options);
          assert.deepEqual(told.tokens, wanted.tokens);
          assert.equal(told.text, wanted.text);
          assert.deepEqual(told.checksums, wanted.checksums);
        } finally {
          await port.close();
        }
      });
});
