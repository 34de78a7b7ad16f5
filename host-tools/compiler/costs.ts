// What the product of a ternary matrix costs a core, by the formulas that its kernels' sources give; test/device/costs.test.ts
// holds them against counts. The image plan chooses by them; no figure that a person sees comes from here.
import type { Board } from '../../boards/board.ts';
import { rowsPerWord } from '../contracts/image.ts';
import { groupsOf } from './layouts.ts';
import type { Packing } from './layouts.ts';

export type Kernels = Board['kernels'];

/** Cost of building tables: a call, and each group; where groups are built by twos, an odd one costs as much as two, and more. */
interface TableCost {
  readonly call: number;
  readonly group: number;
  readonly odd?: number;
}

/** Costs of one core class, in cycles, or instructions where cycles differ from core to core. */
export interface KernelCosts {
  readonly unit: 'cycles' | 'instructions';
  readonly table: Readonly<Record<Packing, TableCost>>;
  /** Looking up the codes of blocks of four rows. */
  readonly lookup: (blocks: number, groups: number) => number;
  /** The driver around them: a product, each chunk, each block of four rows. */
  readonly driver: { readonly call: number; readonly chunk: number; readonly block: number };
}

const floor = Math.floor;
const ceil = Math.ceil;

/** Quads of groups of a word each, then the rest one by one; `quad` and `odd` are what they cost. */
function byQuads(groups: number, quad: number, odd: readonly number[], block: number): number {
  const q = floor(groups / 4);
  return quad * q + odd[groups % 4]! + block + (q === 0 ? 0 : 5 * floor((q - 1) / 8));
}

/** Passes of lookup_u16 on Armv7-M: slots of two groups each, those of them that the pointer to the codes steps behind, and costs. */
interface Passes {
  readonly slots: number;
  readonly stepped: readonly number[];
  readonly slot: number;
  readonly block: number;
  readonly odd: number;
}

/** A block of four rows on Armv7-M: an odd group, then passes, of which the first enters its slots so that whole ones follow. */
function byPasses({ slots, stepped, slot, block, odd }: Passes, groups: number): number {
  const pairs = floor(groups / 2);
  const passes = ceil(pairs / slots);
  const entry = slots * passes - pairs;
  const steps = stepped.length * (passes - 1) + stepped.filter((each) => each >= entry).length;
  return slot * pairs + steps + 7 * passes + block + odd * (groups % 2);
}

const cortexM3Passes: Passes = { slots: 10, stepped: [3, 7, 9], slot: 26, block: 21, odd: 21 };
const cortexM4Passes: Passes = { slots: 13, stepped: [3, 7, 11, 12], slot: 23, block: 35, odd: 23 };

/** Groups whose entries add up within a half of a word. Twin: HALF_GROUPS in firmware/kernels/armv7em/lookup_u16.S. */
const halfGroups = 51;

const cortexM3: KernelCosts = {
  unit: 'cycles',
  table: { t5: { call: 56, group: 271, odd: 61 }, t2: { call: 49, group: 98.5, odd: 46 } },
  lookup: (blocks, groups) => 81 + blocks * byPasses(cortexM3Passes, groups),
  driver: { call: 103, chunk: 18, block: 10 },
};

const cortexM4: KernelCosts = {
  ...cortexM3,
  table: { ...cortexM3.table, t5: { call: 49, group: 219.5, odd: 52 } },
  lookup: (blocks, groups) =>
    91 + blocks * (byPasses(cortexM4Passes, groups) + (groups > halfGroups ? 7 : 0)),
};

const cortexM0: KernelCosts = {
  unit: 'cycles',
  table: { t5: { call: 34, group: 350 }, t2: { call: 38, group: 176 } },
  lookup: (blocks, groups) =>
    77 + 6 * Number(groups % 4 > 0) + blocks * byQuads(groups, 89, [0, 27, 50, 73], 29),
  driver: { call: 119, chunk: 80, block: 15 },
};

const rp2040: KernelCosts = {
  ...cortexM0,
  lookup: (blocks, groups) =>
    95 + [0, 8, 4, 8][groups % 4]! + blocks * byQuads(groups, 79, [0, 25, 44, 65], 26),
};

const rv32: KernelCosts = {
  unit: 'instructions',
  table: { t5: { call: 31, group: 277 }, t2: { call: 5, group: 122 } },
  lookup: (blocks, groups) => 53 + blocks * (16 * groups + 12), // with Zba, as virt has it
  driver: { call: 70, chunk: 27, block: 7 },
};

/** No tables: instructions of a block of four rows and a group, by AVX2. */
const simd = (perGroup: number): KernelCosts => ({
  unit: 'instructions',
  table: { t5: { call: 0, group: 0 }, t2: { call: 0, group: 0 } },
  lookup: (blocks, groups) => blocks * (perGroup * groups + 20),
  driver: { call: 0, chunk: 20, block: 0 },
});

const costs: Readonly<Record<Kernels, KernelCosts>> = {
  armv6m: cortexM0,
  rp2040,
  armv7m: cortexM3,
  armv7em: cortexM4,
  rv32,
  simd: simd(5),
  ref: simd(200),
};

export function costsOf(kernels: Kernels): KernelCosts {
  return costs[kernels];
}

/** A product as the compiler may lay it out: rows of trits, columns, groups of a chunk. */
export interface Product {
  readonly rows: number;
  readonly columns: number;
  readonly packing: Packing;
  readonly chunk: number;
}

function tableCost({ call, group, odd }: TableCost, groups: number): number {
  const isOdd = odd !== undefined && groups % 2 === 1;
  return call + group * groups + (isOdd ? group + odd : 0);
}

/** What one product costs, tables included. */
export function productCost(kernels: Kernels, { rows, columns, packing, chunk }: Product): number {
  const { table, lookup, driver } = costs[kernels];
  const blocks = ceil(rows / rowsPerWord);
  let left = groupsOf(packing, columns);
  let cost = driver.call + driver.block * blocks;
  while (left > 0) {
    const groups = Math.min(chunk, left);
    cost += driver.chunk + tableCost(table[packing], groups) + lookup(blocks, groups);
    left -= groups;
  }
  return cost;
}
