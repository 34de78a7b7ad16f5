// fixed.h and multiply.h against fixed.ts: every function, on random and extreme values, on this machine and on emulated cores.
import { assert } from 'chai';
import * as fixed from '../../host-tools/compiler/fixed.ts';
import type { Scale } from '../../host-tools/compiler/fixed.ts';
import { missingPrograms } from '../support/board-firmware.ts';
import { builtHarness } from '../support/built-harness.ts';
import { cores, programsOf } from '../support/cores.ts';
import { nativeHarness } from '../support/kernel-harness.ts';
import type { Harness } from '../support/kernel-harness.ts';
import { randomIntegers } from '../support/random-integers.ts';
import { temporaryFolder } from '../support/temporary.ts';

type Row = readonly [a: number, b: number, shift: number, e: number, f: number];

const extremes = [0, 1, -1, 2, -2, 0x7fff, 0x8000, -0x8000, 0xffff, 0x1_0000, fixed.limit, -fixed.limit]
  .concat([2 ** 31 - 1, -(2 ** 31), 1 - 2 ** 31, 0x5555_5555])
  .map((value) => value | 0);

function rows(): Row[] {
  const random = randomIntegers(7);
  const shifts = [0, 1, 15, 16, 30, 31, 32, 40];
  const crossed = extremes.flatMap((a) =>
    extremes.map((b): Row => [a, b, shifts[random(0, 7)]!, random(-40, 40), random(-40, 40)]),
  );
  const word = (): number => random(-(2 ** 31), 2 ** 31 - 1) >> random(0, 31);
  const drawn = Array.from({ length: 1500 }, (): Row => {
    const e = random(-96, 32);
    return [word(), word(), random(0, 40), e, e + random(-20, 20)];
  });
  return [...crossed, ...drawn];
}

function scaleOf(word: number, e: number): Scale {
  return (word & 0xffff) === 0 ? fixed.zeroScale : { m: (word & 0xffff) | 0x8000, e };
}

/** Results that the harness gives a row; what is not used is 0. */
const resultsMax = 32;

/** Twin: run_fixed() in test/support/kernel-harness/fixed.c. */
function expected([a, b, shift, e, f]: Row): number[] {
  const held = a % (fixed.limit + 1);
  const [left, right] = [scaleOf(a, e), scaleOf(b, f)];
  const results = [
    fixed.roundShift(a, shift),
    fixed.saturatingShiftLeft(held, shift),
    fixed.saturate(a),
    fixed.bitLength(a),
    fixed.bitsOf(Int32Array.of(a)),
    fixed.wideShift(fixed.bitsOf(Int32Array.of(a))),
    fixed.mulWeight(a, (b << 16) >> 16),
    fixed.mulScaleFloor(a, b & 0xffff),
    fixed.mulFraction(a, b & 0xffff),
    fixed.squareRoot(a >>> 0),
    Math.abs(a),
    ...[
      fixed.normalize(a >>> 0, e),
      fixed.normalizeLong((b >>> 11) * 2 ** 32 + (a >>> 0), e),
      fixed.mulScale(left, right),
      fixed.addScale(left, right),
      fixed.shiftScale(left, f),
      fixed.reciprocalRoot(left),
      fixed.reciprocal(left),
      fixed.powerOfTwo(e),
    ].flatMap((scale) => [scale.m, scale.e]),
  ];
  return Array.from({ length: resultsMax }, (_, i) => (results[i] ?? 0) >>> 0);
}

function holds(title: string, needs: readonly string[], build: (folder: string) => Promise<Harness>): void {
  describe(`fixed.h ${title}`, () => {
    const folder = temporaryFolder();

    before(function () {
      const missing = missingPrograms(...needs);
      if (missing.length === 0) return;
      console.log(`    skipped: ${missing.join(' and ')} not installed`);
      this.skip();
    });

    it('computes what fixed.ts does', async () => {
      const harness = await build(folder);
      const all = rows();
      const { results } = await harness.askAll(
        all.map((row) => ({ kernel: 'fixed', args: { rows: row.map((word) => word >>> 0) } })),
        false,
      );
      for (const [i, row] of all.entries())
        assert.deepEqual(results[i]?.['values'], expected(row), row.join(' '));
    }).timeout(600_000);
  });
}

holds('with the products of ref, under sanitizers,', ['cc'], (folder) => nativeHarness('ref', folder));
for (const name of ['cortex-m0plus', 'cortex-m4', 'rv32i'] as const) {
  const { kernels, title } = cores[name];
  holds(`with those of ${kernels} on an emulated ${title}`, programsOf(cores[name]), () =>
    builtHarness(name),
  );
}
