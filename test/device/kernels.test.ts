// Every kernel on every core against the vectors of test/fixtures/kernels: operators of the compiler, C, tuned kernels.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { assert } from 'chai';
import { maxChunkGroups } from '../../host-tools/contracts/image.ts';
import { allKernels } from '../support/all-kernels.ts';
import { missingPrograms } from '../support/board-firmware.ts';
import { builtHarness } from '../support/built-harness.ts';
import { cores, programsOf } from '../support/cores.ts';
import type { CoreName } from '../support/cores.ts';
import { gemvCase, gemvPairCase } from '../support/gemv-cases.ts';
import type { GemvShape } from '../support/gemv-cases.ts';
import { inTwoParts, looksUp, nativeHarness, readVectors } from '../support/kernel-harness.ts';
import type { Answers, Asked, Harness } from '../support/kernel-harness.ts';
import { kernelSignatures, lookupSignatures } from '../support/kernel-signatures.ts';
import type { Results } from '../support/kernel-signatures.ts';
import { lookupCase, lookupPairCase } from '../support/lookup-operators.ts';
import { randomIntegers } from '../support/random-integers.ts';
import { rp2040Harness } from '../support/rp2040-harness.ts';
import { readSource, root } from '../support/sources.ts';
import { temporaryFolder } from '../support/temporary.ts';

/** The functions that a header declares, without those it defines. */
function declaredIn(path: string): string[] {
  return [...readSource(path).matchAll(/^(?:void|u?int(?:32|64)_t) (\w+)\(/gm)].map((match) => match[1]!);
}

describe('the vectors of kernels', () => {
  it('exist for every kernel of kernels.h and lookup.h', () => {
    const names = allKernels.map(({ kernel }) => kernel);
    assert.sameMembers(Object.keys(kernelSignatures), declaredIn('firmware/kernels/kernels.h'));
    assert.sameMembers(Object.keys(lookupSignatures), declaredIn('firmware/kernels/lookup/lookup.h'));
    assert.sameMembers(names, [...Object.keys(kernelSignatures), ...Object.keys(lookupSignatures)]);
    const files = readdirSync(join(root, 'test', 'fixtures', 'kernels')).filter(
      (name) => name !== 'README.md',
    );
    assert.sameMembers(
      files,
      names.map((kernel) => `${kernel}.json`),
    );
  });

  for (const { kernel, seed, cases: make, operator } of allKernels)
    it(`of ${kernel} are what their command makes and what its operator computes`, () => {
      const made = make(randomIntegers(seed)).map(([name, args]) => ({
        name,
        in: args,
        out: operator(args),
      }));
      assert.deepEqual(readVectors(kernel).cases, made);
    });
});

/** A call, and what it must give. */
interface Held extends Asked {
  readonly name: string;
  readonly out: Results;
}

const operators = new Map(allKernels.map(({ kernel, operator }) => [kernel, operator]));

const held = (kernel: string, name: string, args: Asked['args']): Held => ({
  kernel,
  name,
  args,
  out: operators.get(kernel)!(args),
});

/** More than fits the vectors: products of every number of groups, with tables for parts of a chunk, and shapes of shipped models. */
const manyProducts: readonly Held[] = (() => {
  const random = randomIntegers(100);
  const shapes: GemvShape[] = [
    [192, 192, 39],
    [64, 384, 26],
    [16, 704, 47],
    ...Array.from({ length: 16 }, (): GemvShape => [random(1, 40), random(1, 400), random(1, 64)]),
  ];
  return (['t2', 't5'] as const).flatMap((packing) => {
    const width = packing === 't2' ? 4 : 5;
    const everyNumber = Array.from({ length: maxChunkGroups }, (_, i): GemvShape => [
      5,
      width * (i + 1) - (i % width),
      i + 1,
    ]);
    return [...shapes, ...everyNumber].flatMap((shape, i): Held[] => {
      const tableGroups = Math.max(2, random(1, 2) * shape[2]);
      const one = gemvCase(packing, shape, random);
      const pair = gemvPairCase(packing, [1 + (i % 8), shape[1], shape[2]], tableGroups, random);
      return [
        held(`gemv_s8_${packing}`, shape.join(' x '), one),
        held(`gemv_pair_s8_${packing}`, `${shape.join(' x ')}, a table of ${tableGroups}`, pair),
      ];
    });
  });
})();

/** Every number of groups of a look-up, with sums that begin anew and sums that are added to. */
const manyLookups: readonly Held[] = (() => {
  const random = randomIntegers(200);
  return Array.from({ length: 2 * maxChunkGroups }, (_, i) => i + 2).flatMap((seed) => {
    const groups = seed >> 1;
    const blocks = (groups % 3) + 1;
    const how = seed % 2 === 0 ? 'added' : 'anew';
    const one = held(
      'lookup_u16',
      `${blocks} x ${groups}, ${how}`,
      lookupCase([blocks, groups], seed, random),
    );
    if (groups > 51) return [one];
    const stride = 4 * (groups + random(0, 9));
    const pair = lookupPairCase([blocks, groups, stride], seed, random);
    return [one, held('lookup_pair_u32', `${blocks} x ${groups}, ${stride} bytes apart, ${how}`, pair)];
  });
})();

const vectors: readonly Held[] = allKernels.flatMap(({ kernel }) =>
  readVectors(kernel).cases.map(({ name, in: args, out }) => ({ kernel, name, args, out })),
);

/** Of the products and look-ups beyond the vectors every `sweepStep`-th is held: an emulator in JavaScript is slow. */
function holds(
  title: string,
  hasLookup: boolean,
  needs: readonly string[],
  build: (folder: string) => Promise<Harness>,
  sweepStep = 1,
): void {
  describe(`kernels ${title}`, () => {
    const folder = temporaryFolder();
    const kernels = allKernels.filter(({ isLookup }) => hasLookup || !isLookup).map(({ kernel }) => kernel);
    const beyond = [...manyProducts, ...manyLookups].filter((_, i) => i % sweepStep === 0);
    const all = [...vectors, ...beyond].filter(({ kernel }) => kernels.includes(kernel));
    let results: Answers['results'];

    before(async function () {
      this.timeout(900_000);
      const missing = missingPrograms(...needs);
      if (missing.length > 0) {
        console.log(`    skipped: ${missing.join(' and ')} not installed`);
        this.skip();
      }
      results = (await (await build(folder)).askAll(all, false)).results;
      assert.lengthOf(results, all.length);
    });

    for (const kernel of kernels)
      it(`${kernel} computes its vectors and writes nothing else`, () => {
        for (const [i, one] of all.entries())
          if (one.kernel === kernel) assert.deepEqual(results[i], { ...one.out }, one.name);
      });
  });
}

for (const kernels of ['ref', 'lookup', 'simd'] as const)
  holds(`of ${kernels} on this machine, under sanitizers,`, looksUp(kernels), ['cc'], (folder) =>
    nativeHarness(kernels, folder),
  );
for (const name of Object.keys(cores) as CoreName[]) {
  const { kernels, title } = cores[name];
  holds(`of ${kernels} on an emulated ${title}`, looksUp(kernels), programsOf(cores[name]), () =>
    builtHarness(name),
  );
}
holds(
  'of rp2040, cut for two cores, on an emulated RP2040',
  true,
  ['arm-none-eabi-gcc', 'arm-none-eabi-objcopy'],
  (folder) => rp2040Harness(folder, 'rp2040', [], inTwoParts),
  7,
);
