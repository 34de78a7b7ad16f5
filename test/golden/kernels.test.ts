// Instructions of the kernels of the emulated STM32F405, exactly: what a call of each costs at the shapes of shipped models.
import { missingPrograms } from '../support/board-firmware.ts';
import { assertGolden } from '../support/golden.ts';
import { chipHarness } from '../support/kernel-harness.ts';
import type { Harness, KernelCase } from '../support/kernel-harness.ts';
import { gemvCase, randomIntegers } from '../support/kernel-operators.ts';
import { temporaryFolder } from '../support/temporary.ts';

type In = KernelCase['in'];

const length = 192;
const random = randomIntegers(1);
const draw = (least: number, most: number): number[] => Array.from({ length }, () => random(least, most));

/** Vectors of one length; the values are such as a model has. */
const vectorCases: Readonly<Record<string, In>> = {
  widen_s32: { in: draw(-(2 ** 20), 2 ** 20) },
  narrow_s32: { in: draw(-(2 ** 20), 2 ** 20) },
  multiply_s32_s16: { in: draw(-(2 ** 29), 2 ** 29), weights: draw(-32767, 32767) },
  square_sum_s32: { shift: 0, in: draw(-(2 ** 29), 2 ** 29) },
  quantize_s32_s8: { in: draw(-(2 ** 29), 2 ** 29), weights: draw(-32767, 32767) },
  scale_s32: { room: 15, m: 0xa000, e: -40, sums: draw(-2000, 2000) },
  silu_s32: { x: draw(-300_000, 300_000) },
  forget_span_s32: { gate: draw(-300_000, 300_000), bound: draw(0, 0xffff) },
  recur_s32: { h: draw(-100_000, 100_000), span: draw(0, 0xffff), input: draw(-300_000, 300_000) },
  add_s32: { x: draw(-(2 ** 20), 2 ** 20), y: draw(-(2 ** 20), 2 ** 20) },
  embed_e8: { scale: 0xa000, shift: 7, row: draw(-127, 127) },
  scale_rows_s32: { columns: length, digits: 1, sums: draw(-2000, 2000), scales: draw(0x4000, 0xffff) },
};

/** Rows, columns, groups of a chunk, as compile chooses them for 16 KB of table. */
const shapes = [
  [96, 96, 20],
  [192, 192, 20],
  [768, 192, 20],
  [192, 384, 26],
  [1024, 192, 20],
  [256, 256, 26],
  [704, 256, 26],
  [256, 704, 29],
] as const;

async function instructions(harness: Harness, kernel: string, args: In): Promise<number> {
  const { counts } = await harness.ask(kernel, [args]);
  return counts[0]!.instructions;
}

describe('kernels of armv7em', () => {
  const folder = temporaryFolder();

  it('execute the instructions of kernels.txt', async function () {
    const missing = missingPrograms('cc', 'arm-none-eabi-gcc', 'arm-none-eabi-nm', 'qemu-system-arm');
    if (missing.length > 0) {
      console.log(`    skipped: ${missing.join(' and ')} not installed`);
      return this.skip();
    }
    const harness = await chipHarness('stm32f405', folder);
    const lines = [
      'Instructions a call on the emulated STM32F405, simulated; per weight or element in brackets.',
      '',
    ];
    const say = (name: string, n: number, per: number): void =>
      void lines.push(`${name.padEnd(24)} ${String(n).padStart(8)}  (${(n / per).toFixed(3)})`);
    for (const shape of shapes) {
      // The harness has less memory than the larger matrices take: rows cost the same, so two numbers of rows tell.
      const [rows, columns, chunk] = shape;
      const ofRows = (n: number): Promise<number> =>
        instructions(harness, 'gemv_s8_t5', gemvCase('t5', [n, columns, chunk], randomIntegers(2)));
      const first = await ofRows(8);
      const step = ((await ofRows(16)) - first) / 8;
      say(`gemv_s8_t5 ${rows} x ${columns}`, first + (rows - 8) * step, rows * columns);
    }
    for (const [kernel, args] of Object.entries(vectorCases))
      say(`${kernel} ${length}`, await instructions(harness, kernel, args), length);
    assertGolden('kernels.txt', `${lines.join('\n')}\n`);
  }).timeout(120_000);
});
