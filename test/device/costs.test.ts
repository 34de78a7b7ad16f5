// The cost model by which the compiler lays matrices out, against what products cost on emulated cores.
import { assert } from 'chai';
import { costsOf, productCost } from '../../host-tools/compiler/costs.ts';
import type { Kernels } from '../../host-tools/compiler/costs.ts';
import { groupsOf } from '../../host-tools/compiler/layouts.ts';
import type { Packing } from '../../host-tools/compiler/layouts.ts';
import { benchCores } from '../bench/cores.ts';
import type { BenchCore } from '../bench/cores.ts';
import { benchHarness, countProducts, planOf, ternaryProduct } from '../bench/kernels.ts';
import type { Product, Shape } from '../bench/kernels.ts';
import { missingPrograms } from '../support/board-firmware.ts';
import { cores, programsOf } from '../support/cores.ts';
import { temporaryFolder } from '../support/temporary.ts';

/** Small and large, few rows and many, of shipped models and of the bench; a last quad of any length. */
const shapes: readonly Shape[] = [
  [1, 1],
  [8, 8],
  [16, 40],
  [40, 40],
  [40, 64],
  [64, 40],
  [64, 64],
  [96, 64],
  [64, 128],
  [112, 112],
  [112, 208],
  [208, 112],
  [1024, 64],
  [256, 256],
  [704, 256],
  [256, 704],
];
const packings = ['t5', 't2'] as const;

/** The chunks that the plan takes, and shorter ones, of which the last is not full. */
function chunksOf(kernels: Kernels, packing: Packing, shape: Shape): number[] {
  const planned = planOf(kernels, packing, shape).chunk;
  const shorter = [8, 13].filter((chunk) => chunk < Math.min(planned, groupsOf(packing, shape[1])));
  return [planned, ...shorter];
}

const productsOf = (kernels: Kernels): Product[] =>
  packings.flatMap((packing) =>
    shapes.flatMap((shape) =>
      chunksOf(kernels, packing, shape).map((chunk) => ternaryProduct(packing, false, shape, chunk)),
    ),
  );

/** A product, what it is expected to cost, and what it has cost. */
interface Counted extends Product {
  readonly packing: Packing;
  readonly expected: number;
  readonly counted: number;
}

async function countAll(core: BenchCore): Promise<Counted[]> {
  const products = productsOf(core.kernels);
  const counts = await countProducts(await benchHarness(core, temporaryFolder()), products);
  const isCycles = costsOf(core.kernels).unit === 'cycles';
  return products.map((product, i) => {
    const packing = product.packing!;
    const [rows, columns] = product.shape;
    const expected = productCost(core.kernels, { rows, columns, packing, chunk: product.chunk });
    const counted = isCycles ? core.cycles!.of(counts[i]!) : counts[i]!.instructions;
    return { ...product, packing, expected, counted };
  });
}

const nameOf = ({ packing, shape, chunk }: Counted): string =>
  `${packing} ${shape.join(' x ')}, chunks of ${chunk} groups`;

/** One for each row of costs.ts that has tables. */
const held = ['cortex-m0plus', 'rp2040', 'cortex-m3', 'cortex-m4', 'rv32imc_zba'];

for (const core of benchCores.filter(({ key }) => held.includes(key)))
  describe(`the cost model of ${core.kernels} on ${core.title}`, function () {
    this.timeout(600_000);
    let all: Counted[];

    before(async function () {
      const missing = missingPrograms(
        ...programsOf(cores[core.key === 'rp2040' ? 'cortex-m0plus' : core.key]),
      );
      if (missing.length > 0) {
        console.log(`    skipped: ${missing.join(' and ')} not installed`);
        this.skip();
      }
      all = await countAll(core);
    });

    it('expects what is counted, within 2 % from 64 x 64 on and within 5 % below', () => {
      for (const product of all) {
        const isLarge = Math.min(...product.shape) >= 64;
        const percent = 100 * Math.abs(product.expected / product.counted - 1);
        const what = `${nameOf(product)}: ${product.expected} expected, ${product.counted} counted`;
        assert.isAtMost(percent, isLarge ? 2 : 5, what);
      }
    });

    it('takes the packing that costs less wherever the difference is more than 3 %', () => {
      for (const shape of shapes) {
        // The first chunk of a shape is the planned one.
        const [t5, t2] = packings.map((packing) =>
          all.find((one) => one.shape === shape && one.packing === packing)!,
        );
        if (Math.abs(t5!.counted / t2!.counted - 1) <= 0.03) continue;
        const what = `${nameOf(t5!)}: ${t5!.counted}; ${nameOf(t2!)}: ${t2!.counted}`;
        const { packing } = planOf(core.kernels, 'auto', shape);
        assert.equal(packing, t5!.counted < t2!.counted ? 't5' : 't2', what);
      }
    });
  });
