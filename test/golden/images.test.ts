// The bytes of images, by their hash, and what they compute: a change of either is a change of the format or of the arithmetic.
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { readImage } from '../../host-tools/compiler/read-image.ts';
import { checksum, interpret } from '../../host-tools/compiler/interpret.ts';
import { assertGolden } from '../support/golden.ts';
import { randomCheckpoint, writeCheckpoint, type RandomShape } from '../support/random-checkpoint.ts';
import { compileFolder, type ImageOptions } from '../support/small-image.ts';
import { root } from '../support/sources.ts';
import { temporaryFolder } from '../support/temporary.ts';

const tied = { tie_word_embeddings: true };
const random: [string, RandomShape['config'], ImageOptions, RandomShape['sharesNorms']?][] = [
  ['trits, t5', {}, {}],
  ['trits, t2, e16', {}, { weights: 't2', embeddingBits: 16 }],
  ['a tied embedding of floats', tied, {}],
  ['an embedding of 1 digit', { ...tied, ternlet: { embedding_digits: 1 } }, {}],
  ['an embedding of 3 digits, t2', { ...tied, ternlet: { embedding_digits: 3 } }, { weights: 't2' }],
  ['row scales', { ternlet: { row_scales: true } }, {}],
  [
    'row scales, an embedding of 2 digits',
    { ...tied, ternlet: { row_scales: true, embedding_digits: 2 } },
    { tableBytes: 1008 },
  ],
  [
    'weights of 2 digits, an embedding of 3',
    { ...tied, ternlet: { row_scales: true, embedding_digits: 3, weight_digits: 2 } },
    {},
  ],
  ['i, f and g that share a table in layer 1', {}, {}, (layer) => layer === 1],
  ['the same with row scales, in both', { ternlet: { row_scales: true } }, {}, () => true],
];

/** Size, hash, and the checksum of the logits after four tokens. */
function line(name: string, bytes: Uint8Array): string {
  const interpreter = interpret(readImage(bytes));
  const sum = [1, 5, 9, 2].reduce((before, token) => checksum(interpreter.step(token)!.values, before), 0);
  const hash = createHash('sha256').update(bytes).digest('hex');
  return `${name.padEnd(40)} ${String(bytes.length).padStart(7)} ${hash} ${sum.toString(16).padStart(8, '0')}\n`;
}

describe('images', () => {
  const folder = temporaryFolder();

  it('are the bytes of images.txt, and compute what it says', () => {
    const shipped = ['stories-60k', 'stories-1m', 'stories-300k-official'].map((name) =>
      line(name, compileFolder(join(root, 'models-tiny', name))),
    );
    const made = random.map(([name, config, options, sharesNorms = () => false], i) => {
      const home = join(folder, 'random', `${i}`);
      writeCheckpoint(home, randomCheckpoint({ seed: 50, ...(config && { config }), sharesNorms }));
      return line(name, compileFolder(home, options));
    });
    const head = `${'image'.padEnd(40)}   bytes sha256, checksum of the logits after tokens 1 5 9 2\n`;
    assertGolden('images.txt', head + [...shipped, ...made].join(''));
  });
});
