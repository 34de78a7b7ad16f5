// The C loader under sanitizers on a million spoilt images: it never reads outside, what it accepts runs, and it says what
// readImage says.
import { spawnSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { assert } from 'chai';
import { interpret } from '../../host-tools/compiler/interpret.ts';
import { layoutOf, plannedBytes, ramPlan } from '../../host-tools/compiler/ram-plan.ts';
import { ImageFault, readImage, type Image } from '../../host-tools/compiler/read-image.ts';
import { sample, seededRandom } from '../../host-tools/compiler/sampler.ts';
import { statusName } from '../../host-tools/contracts/status.ts';
import { run } from '../../host-tools/toolchain/run.ts';
import { missingPrograms } from '../support/board-firmware.ts';
import { randomCheckpoint, writeCheckpoint, type RandomShape } from '../support/random-checkpoint.ts';
import {
  compileFolder,
  scatteredTokenizer,
  smallTokenizer,
  type ImageOptions,
} from '../support/small-image.ts';
import { root } from '../support/sources.ts';
import { temporaryFolder } from '../support/temporary.ts';

const cases = 1_000_000;
const lookedUp = 100_000;
const compared = 4000;
/** A leak checker needs to trace its process, which not every container allows; the driver keeps some blocks to its end. */
const env = { ...process.env, ASAN_OPTIONS: 'detect_leaks=0:abort_on_error=0' };

/** Small models that differ in all that an image can differ in. */
function writeImages(folder: string): string[] {
  const tied = { tie_word_embeddings: true };
  const shares = (layer: number): boolean => layer % 2 === 0;
  const models: [RandomShape['config'], ImageOptions, RandomShape['sharesNorms']?][] = [
    [{ num_hidden_layers: 2 }, { tableBytes: 504 }],
    [
      { use_lower_bound: false, expand_ratio: 1.5 },
      { weights: 't2', embeddingBits: 16, tokenizer: smallTokenizer(23, 'metaspace') },
    ],
    [{ ...tied, ternlet: { embedding_digits: 3 } }, { tableBytes: 1008 }],
    [
      { ...tied, ternlet: { embedding_digits: 2, row_scales: true, weight_digits: 2 } },
      { weights: 't2', tokenizer: smallTokenizer(23, 'metaspace') },
    ],
    [{ ternlet: { row_scales: true, weight_digits: 3 } }, { embeddingBits: 16, tableBytes: 504 }, shares],
    [{ num_hidden_layers: 3 }, { tableBytes: 504, tokenizer: scatteredTokenizer() }, shares],
    // Heads that are added up in several blocks.
    [
      { vocab_size: 203, hidden_size: 5, intermediate_size: 4, ...tied, ternlet: { embedding_digits: 3 } },
      { tokenizer: smallTokenizer(203) },
    ],
    [
      {
        vocab_size: 402,
        hidden_size: 7,
        intermediate_size: 3,
        ternlet: { row_scales: true, weight_digits: 3 },
      },
      { embeddingBits: 16, tokenizer: smallTokenizer(402) },
      shares,
    ],
  ];
  return models.map(([own, options, sharesNorms = () => false], i) => {
    const config = { vocab_size: 23, hidden_size: 11, intermediate_size: 7, num_hidden_layers: 1, ...own };
    const home = join(folder, `${i}`);
    writeCheckpoint(home, randomCheckpoint({ seed: i + 1, config, sharesNorms }));
    const path = join(folder, `${i}.tern`);
    writeFileSync(path, compileFolder(home, { tokenizer: smallTokenizer(23), ...options }));
    return path;
  });
}

/** With the kernels of folders, of which a later one replaces what an earlier one has too. */
async function buildFuzzer(folder: string, kernels: readonly string[]): Promise<string> {
  const program = join(folder, kernels.at(-1)!);
  const paths = new Map<string, string>();
  for (const name of ['engine', 'text', ...kernels.map((one) => `kernels/${one}`)])
    for (const file of readdirSync(join(root, 'firmware', name)))
      if (file.endsWith('.c')) paths.set(file, `firmware/${name}/${file}`);
  const sources = [...paths.values()];
  const flags = ['-std=c11', '-O2', '-g', '-fno-strict-aliasing', '-Wall', '-Wextra', '-Werror'];
  const sanitize = ['-fsanitize=address,undefined', '-fno-sanitize-recover=all'];
  const folders = ['firmware', 'firmware/kernels', ...kernels.map((one) => `firmware/kernels/${one}`)];
  const include = folders.toReversed().map((one) => `-I${one}`);
  const all = [...flags, ...sanitize, ...include, ...sources, 'test/support/fuzz/loader.c', '-o', program];
  await run('cc', all, { cwd: root });
  return program;
}

/** What the driver folds while it runs an image: Twin: run() in test/support/fuzz/loader.c. */
function digestOf(image: Image): number {
  let digest = 0;
  const add = (value: number): void => {
    digest = (((digest << 7) | (digest >>> 25)) + value) >>> 0;
  };
  add(plannedBytes(ramPlan(image.shape, layoutOf(image))));
  for (const bytes of image.tokenizer.vocab) {
    bytes.forEach(add);
    add(bytes.length);
  }
  const interpreter = interpret(image, (_, checksum) => add(checksum));
  const random = seededRandom(1);
  let token = image.bos;
  for (let step = 0; step < 3; step += 1) {
    const logits = interpreter.step(token)!;
    logits.values.forEach(add);
    add(logits.scale.m);
    add(logits.scale.e);
    token = sample(logits, { temperatureMilli: 700, topK: 5, topPMilli: 900 }, random);
    add(token);
  }
  return digest;
}

/** What the host makes of the same bytes, as the driver says it. */
function judge(bytes: Uint8Array): string {
  try {
    return `ok ${digestOf(readImage(bytes))}`;
  } catch (error) {
    if (error instanceof ImageFault) return `${error.status} 0`;
    throw error;
  }
}

describe('the loader', function () {
  this.timeout(900_000);
  const missing = missingPrograms('cc');
  if (missing.length > 0) {
    it('refuses spoilt images', function () {
      console.log(`      skipped: this machine lacks ${missing.join(', ')}`);
      this.skip();
    });
    return;
  }
  const folder = temporaryFolder();
  let program: string;
  let byTables: string;
  let images: string[];

  before(async () => {
    images = writeImages(folder);
    [program, byTables] = await Promise.all([
      buildFuzzer(folder, ['ref']),
      buildFuzzer(folder, ['ref', 'lookup']),
    ]);
  });

  it(`survives ${cases} spoilt images under sanitizers, and meets every status`, async () => {
    const half = (first: number) =>
      run(program, [`${first}`, `${cases / 2}`, '0', ...images], { env, limitMs: 600_000 });
    const results = await Promise.all([half(0), half(cases / 2)]);
    const tally = new Map<string, number>();
    for (const line of results.flatMap(({ stdout }) => stdout.trim().split('\n'))) {
      const [code = 0, n = 0] = line.split(' ').map(Number);
      const name = statusName(code)!;
      tally.set(name, (tally.get(name) ?? 0) + n);
    }
    assert.equal(
      [...tally.values()].reduce((sum, n) => sum + n),
      cases,
    );
    const rare =
      'ok no_image bad_magic newer_version older_version truncated bad_crc bad_directory bad_shape bad_layout'.split(
        ' ',
      );
    assert.includeMembers([...tally.keys()], [...rare, 'bad_code', 'bad_scale', 'bad_tokenizer']);
    assert.isAbove(
      tally.get('ok')!,
      cases / 20,
      'too few images still load for their arithmetic to be tested',
    );
  });

  it(`looks up what is right on ${lookedUp} more, wherever tables of a pair and copies lie`, async () => {
    const args = [`${cases}`, `${lookedUp}`, '0', ...images];
    const { stderr } = await run(byTables, args, { env, limitMs: 600_000 });
    assert.isAbove(Number(stderr), lookedUp / 200, 'too few tables lie over copies');
  });

  it(`answers as readImage does, plans as ramPlan and computes as interpret.ts does, on ${compared} of them`, () => {
    const args = [`${cases}`, `${compared}`, '1', ...images];
    const { stdout, status } = spawnSync(program, args, { env, maxBuffer: 2 ** 28 });
    assert.equal(status, 0);
    let at = 0;
    for (let i = 0; i < compared; i += 1) {
      const [size, code, digest] = [0, 4, 8].map((offset) => stdout.readUInt32LE(at + offset)) as [
        number,
        number,
        number,
      ];
      const bytes = stdout.subarray(at + 12, at + 12 + size);
      assert.equal(judge(bytes), `${statusName(code)!} ${digest}`, `case ${cases + i}`);
      at += 12 + size;
    }
    assert.equal(at, stdout.length);
  });
});
