// fixed.h and multiply.h against fixed.ts: every function, on random and extreme values, on this machine and on the chip.
import { assert } from 'chai';
import * as fixed from '../../host-tools/compiler/fixed.ts';
import type { Scale } from '../../host-tools/compiler/fixed.ts';
import { missingPrograms } from '../support/board-firmware.ts';
import { chipHarness, nativeHarness } from '../support/kernel-harness.ts';
import type { Harness } from '../support/kernel-harness.ts';
import { randomIntegers } from '../support/kernel-operators.ts';
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

/** Twin: run_fixed() in test/support/kernel-harness/harness.c. */
function expected([a, b, shift, e, f]: Row): number[] {
  const held = a % (fixed.limit + 1);
  const [left, right] = [scaleOf(a, e), scaleOf(b, f)];
  const results = [
    fixed.roundShift(a, shift),
    fixed.saturatingShiftLeft(held, shift),
    fixed.saturate(a),
    fixed.bitLength(a),
    fixed.mulWeight(held, (b << 16) >> 16),
    fixed.mulFraction(a, b & 0xffff),
    fixed.squareRoot(a >>> 0),
    Math.abs(a),
    ...[
      fixed.normalize(a >>> 0, e),
      fixed.mulScale(left, right),
      fixed.addScale(left, right),
      fixed.shiftScale(left, f),
      fixed.reciprocalRoot(left),
      fixed.reciprocal(left),
      fixed.powerOfTwo(e),
    ].flatMap((scale) => [scale.m, scale.e]),
  ];
  return results.map((value) => value >>> 0);
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
      const { results } = await harness.ask(
        'fixed',
        all.map((row) => ({ rows: row.map((word) => word >>> 0) })),
      );
      for (const [i, row] of all.entries())
        assert.deepEqual(results[i]?.['values'], expected(row), row.join(' '));
    }).timeout(120_000);
  });
}

holds('with the products of ref, under sanitizers,', ['cc'], nativeHarness);
holds(
  'with those of armv7em on the emulated STM32F405',
  ['cc', 'arm-none-eabi-gcc', 'arm-none-eabi-nm', 'qemu-system-arm'],
  (folder) => chipHarness('stm32f405', folder),
);
