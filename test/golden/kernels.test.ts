// Instructions of the kernels of every core class, exactly: what a call of each costs at the shapes of shipped models.
import { chunkGroups } from '../../host-tools/compiler/layouts.ts';
import type { Packing } from '../../host-tools/compiler/layouts.ts';
import { missingPrograms } from '../support/board-firmware.ts';
import { builtHarness } from '../support/built-harness.ts';
import { cores, programsOf } from '../support/cores.ts';
import type { CoreName } from '../support/cores.ts';
import { gemvCase, gemvPairCase } from '../support/gemv-cases.ts';
import { assertGolden } from '../support/golden.ts';
import type { Asked, Harness } from '../support/kernel-harness.ts';
import { many, randomIntegers } from '../support/random-integers.ts';
import { rp2040Harness } from '../support/rp2040-harness.ts';
import { temporaryFolder } from '../support/temporary.ts';

/** A call that is counted, and the weights or elements that its cost is spread over. */
interface Measured extends Asked {
  readonly name: string;
  readonly per: number;
}

const length = 192;
const random = randomIntegers(1);
const draw = (least: number, most: number): number[] => many(length, () => random(least, most));
const unit = { room: 15, m: 0xa000, e: -36 };
const named = (prefix: string): Asked['args'] =>
  Object.fromEntries(Object.entries(unit).map(([name, value]) => [`${prefix}_${name}`, value]));

/** Vectors of one length; the values are such as a model has. */
const ofVectors: readonly (readonly [kernel: string, args: Asked['args'], note?: string])[] = [
  ['bits_s32', { in: draw(-(2 ** 20), 2 ** 20) }],
  ['square_sum_s32', { shift: 10, in: draw(-(2 ** 20), 2 ** 20) }],
  [
    'norm_s32',
    { shift: 10, in: draw(-(2 ** 20), 2 ** 20), outer: draw(-32767, 32767), weights: draw(-32767, 32767) },
    'with outer weights',
  ],
  ['norm_s32', { shift: 10, in: draw(-(2 ** 20), 2 ** 20), weights: draw(-32767, 32767) }],
  ['quantize_s32_s8', { largest: 2 ** 29 - 1, z: draw(-(2 ** 29), 2 ** 29 - 1) }],
  ['scale_rows_s32', { columns: length, digits: 1, sums: draw(-2000, 2000), scales: draw(0x2000, 0x7fff) }],
  [
    'recur_s32',
    {
      ...named('gate'),
      ...named('input'),
      h: draw(-100_000, 100_000),
      gate: draw(-2000, 2000),
      bound: draw(0, 0xffff),
      input: draw(-2000, 2000),
    },
  ],
  ['silu_s32', { ...unit, in: draw(-2000, 2000) }],
  [
    'gate_s32',
    {
      shift: 10,
      factor_bits: 2 ** 20 - 1,
      open: draw(-(2 ** 20), 2 ** 20),
      factors: draw(-(2 ** 19), 2 ** 19),
    },
  ],
  ['add_s32', { ...unit, x: draw(-(2 ** 20), 2 ** 20), in: draw(-2000, 2000) }],
  ['embed_e8', { scale: 0x5000, shift: 7, row: draw(-127, 127) }],
];

/** Rows and columns: of shipped models, and the three on which products are compared. */
const shapes = [
  [96, 96],
  [192, 192],
  [768, 192],
  [192, 384],
  [256, 256],
  [704, 256],
  [256, 704],
] as const;

/** A product with chunks as compile chooses them for 16 KB of table, which one of two vectors fills with half as many groups. */
function product(kernel: string, [rows, columns]: (typeof shapes)[number]): Measured {
  const packing: Packing = kernel.endsWith('t2') ? 't2' : 't5';
  const chunk = chunkGroups(packing, columns, 16 * 1024);
  const isPair = kernel.includes('pair');
  const shape = [rows, columns, chunk] as const;
  const args = isPair
    ? gemvPairCase(packing, shape, chunk, randomIntegers(2))
    : gemvCase(packing, shape, randomIntegers(2));
  const per = (isPair ? 2 : 1) * rows * columns;
  return { kernel, args, per, name: `${kernel} ${rows} x ${columns}` };
}

const measured: readonly Measured[] = [
  ...['gemv_s8_t5', 'gemv_pair_s8_t5', 'gemv_s8_t2', 'gemv_pair_s8_t2'].flatMap((kernel) =>
    (kernel.endsWith('t5') ? shapes : shapes.slice(4)).map((shape) => product(kernel, shape)),
  ),
  ...ofVectors.map(([kernel, args, note]): Measured => ({
    kernel,
    args,
    per: length,
    name: [kernel, length, ...(note ? [note] : [])].join(' '),
  })),
];

/** What every call costs. */
async function costs(harness: Harness, key: 'instructions' | 'cycles'): Promise<number[]> {
  const { counts } = await harness.askAll(measured, true);
  return counts.map((one) => (one as unknown as Record<string, number>)[key]!);
}

/** A table of what calls cost, by kernel and core; the second one per weight or element. */
function tables(columns: readonly (readonly [title: string, costs: readonly number[]])[]): string {
  const line = (name: string, cells: readonly string[]): string =>
    [name.padEnd(32), ...cells.map((cell) => cell.padStart(14))].join('').trimEnd();
  const heads = columns.map(([title]) => title);
  const rows = (cell: (cost: number, per: number) => string): string[] =>
    measured.map(({ name, per }, i) =>
      line(
        name,
        columns.map(([, all]) => cell(all[i]!, per)),
      ),
    );
  return [
    line('a call', heads),
    ...rows((cost) => String(cost)),
    '',
    line('a weight or element', heads),
    ...rows((cost, per) => (cost / per).toFixed(3)),
  ].join('\n');
}

describe('kernels on emulated cores', () => {
  it('execute the instructions of kernels.txt', async function () {
    const names = Object.keys(cores) as CoreName[];
    const missing = missingPrograms(...new Set(names.flatMap((name) => programsOf(cores[name]))));
    if (missing.length > 0) {
      console.log(`    skipped: ${missing.join(' and ')} not installed`);
      return this.skip();
    }
    const ofCores: [string, number[]][] = [];
    for (const name of names)
      ofCores.push([cores[name].title, await costs(await builtHarness(name), 'instructions')]);
    const cycles = await costs(await rp2040Harness(temporaryFolder()), 'cycles');
    const text = [
      'Instructions of kernels on emulated cores, and cycles of the Cortex-M0+ as rp2040js counts them, simulated.',
      'Memory never waits. Products include their tables.',
      '',
      tables([['M0+ cycles', cycles], ...ofCores]),
      '',
    ];
    assertGolden('kernels.txt', text.join('\n'));
  }).timeout(600_000);
});
