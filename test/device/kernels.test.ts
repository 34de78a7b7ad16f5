// Every kernel on every device against the vectors of test/fixtures/kernels: operators of the compiler, C, tuned kernels.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { assert } from 'chai';
import { chipHarness, nativeHarness, readVectors, signatures } from '../support/kernel-harness.ts';
import type { Harness } from '../support/kernel-harness.ts';
import { gemvCase, kernelCases, kernelOperators, randomIntegers } from '../support/kernel-operators.ts';
import { missingPrograms } from '../support/board-firmware.ts';
import { readSource, root } from '../support/sources.ts';
import { temporaryFolder } from '../support/temporary.ts';

const kernels = Object.keys(kernelCases);

describe('the vectors of kernels', () => {
  it('exist for every kernel of kernels.h', () => {
    const declared = [
      ...readSource('firmware/kernels/kernels.h').matchAll(/^(?:void|u?int32_t) (\w+)\(/gm),
    ].map((match) => match[1]!);
    assert.sameMembers(kernels, declared);
    const files = readdirSync(join(root, 'test', 'fixtures', 'kernels')).filter(
      (name) => name !== 'README.md',
    );
    assert.sameMembers(
      files,
      kernels.map((kernel) => `${kernel}.json`),
    );
    assert.includeMembers(Object.keys(signatures), kernels);
  });

  for (const kernel of kernels)
    it(`of ${kernel} are what their command makes`, () => {
      const seed = kernels.indexOf(kernel) + 1;
      const made = kernelCases[kernel]!(randomIntegers(seed)).map(([name, args]) => ({ name, in: args }));
      const { cases } = readVectors(kernel);
      assert.deepEqual(
        cases.map(({ name, in: args }) => ({ name, in: args })),
        made,
      );
    });

  for (const kernel of kernels)
    it(`of ${kernel} are what its operator computes`, () => {
      for (const { name, in: args, out } of readVectors(kernel).cases)
        assert.deepEqual(kernelOperators[kernel]!(args), out, name);
    });
});

/** Larger matrices than fit the vectors: of the shipped models and beyond, every number of groups in a chunk. */
function manyShapes(): ReturnType<typeof gemvCase>[] {
  const random = randomIntegers(100);
  const shapes = [
    [192, 192, 20],
    [64, 384, 26],
    [96, 256, 26],
    [16, 704, 29],
    ...Array.from({ length: 40 }, () => [random(1, 40), random(1, 400), random(1, 32)] as const),
    ...Array.from({ length: 32 }, (_, i) => [5, 5 * (i + 1) - (i % 5), i + 1] as const),
  ] as const;
  return shapes.map((shape) => gemvCase('t5', shape, random));
}

function holds(title: string, needs: readonly string[], build: (folder: string) => Promise<Harness>): void {
  describe(`kernels ${title}`, () => {
    const folder = temporaryFolder();
    let harness: Harness;

    before(async function () {
      this.timeout(120_000);
      const missing = missingPrograms(...needs);
      if (missing.length > 0) {
        console.log(`    skipped: ${missing.join(' and ')} not installed`);
        this.skip();
      }
      harness = await build(folder);
    });

    for (const kernel of kernels)
      it(`${kernel} computes its vectors and writes nothing else`, async () => {
        const { cases } = readVectors(kernel);
        const { results } = await harness.ask(
          kernel,
          cases.map((one) => one.in),
        );
        assert.lengthOf(results, cases.length);
        for (const [i, { name, out }] of cases.entries()) assert.deepEqual(results[i], { ...out }, name);
      }).timeout(30_000);

    it('gemv_s8_t5 equals the operator for every number of groups and rows', async () => {
      const args = manyShapes();
      const { results } = await harness.ask('gemv_s8_t5', args);
      for (const [i, one] of args.entries())
        assert.deepEqual(results[i], kernelOperators['gemv_s8_t5']!(one), `shape ${i}`);
    }).timeout(60_000);
  });
}

holds('of ref on this machine, under sanitizers,', ['cc'], nativeHarness);
holds(
  'of armv7em on the emulated STM32F405',
  ['cc', 'arm-none-eabi-gcc', 'arm-none-eabi-nm', 'qemu-system-arm'],
  (folder) => chipHarness('stm32f405', folder),
);
