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
  /** Looking up the codes of blocks of four rows; sums begin anew or with what was summed before. */
  readonly lookup: (blocks: number, groups: number, adds: boolean) => number;
  /** The driver around them: a product, each chunk. */
  readonly driver: { readonly call: number; readonly chunk: number };
}

const floor = Math.floor;
const ceil = Math.ceil;

/** Quads of groups of a word each, then the rest one by one; `quad` and `odd` are what they cost. */
function byQuads(groups: number, quad: number, odd: readonly number[], block: number): number {
  const q = floor(groups / 4);
  return quad * q + odd[groups % 4]! + block;
}

/** Passes of lookup_u16 on Armv7-M: slots of two groups each, and what costs a slot, a pass behind the first, a block, and an odd group. */
interface Passes {
  readonly slots: number;
  readonly slot: number;
  readonly pass: number;
  readonly block: number;
  readonly odd: number;
}

/** Slots of a pass that the pointer to the codes steps behind. */
const stepped = [3, 7];

/** Looking up a single group, row by row; its table costs 30 less than an odd one beside others, which is left out here. */
const lookupSingle = (blocks: number): number => 27 + 52 * blocks;

/** A block of four rows on Armv7-M: a pair of groups, then passes, of which the first enters its slots so that whole ones follow; an odd group. */
function byPasses({ slots, slot, pass, block, odd }: Passes, groups: number): number {
  const pairs = floor(groups / 2);
  const passes = Math.max(1, ceil((pairs - 1) / slots));
  const entry = slots * passes - (pairs - 1);
  const steps = stepped.length * (passes - 1) + stepped.filter((each) => each >= entry).length;
  return slot * pairs + steps + pass * (passes - 1) + block + odd * (groups % 2);
}

const cortexM3Passes: Passes = { slots: 10, slot: 26, pass: 9, block: 21, odd: 13 };
const cortexM3Adding: Passes = { ...cortexM3Passes, block: 36 };
const cortexM4Passes: Passes = { slots: 12, slot: 23, pass: 8, block: 22, odd: 11 };
const cortexM4Adding: Passes = { ...cortexM4Passes, block: 34 };

/** Groups whose entries add up within a half of a word. Twin: HALF_GROUPS in firmware/kernels/armv7em/lookup_u16.S. */
const halfGroups = 51;
const partGroups = 50;

const cortexM3: KernelCosts = {
  unit: 'cycles',
  table: { t5: { call: 56, group: 271, odd: 61 }, t2: { call: 49, group: 98.5, odd: 46 } },
  lookup: (blocks, groups, adds) =>
    groups === 1
      ? lookupSingle(blocks)
      : 101 + blocks * byPasses(adds ? cortexM3Adding : cortexM3Passes, groups),
  driver: { call: 98, chunk: 13 },
};

/** Sums of an odd number of groups that are added begin with zero: the first pair is a slot too, which costs 2 more with what goes with it. */
function cortexM4Block(groups: number, adds: boolean): number {
  if (!adds) return byPasses(cortexM4Passes, groups);
  const { slot } = cortexM4Adding;
  return groups % 2 === 0
    ? byPasses(cortexM4Adding, groups)
    : byPasses(cortexM4Adding, groups + 2) - slot + 2;
}

/** Of more groups than a sum has room for, each block is a call of its own for each part. */
function cortexM4Lookup(blocks: number, groups: number, adds: boolean): number {
  if (groups === 1) return lookupSingle(blocks);
  if (groups <= halfGroups) return (adds ? 116 : 128) + blocks * cortexM4Block(groups, adds);
  return 57 + blocks * (cortexM4Block(partGroups, adds) + cortexM4Lookup(1, groups - partGroups, true) + 158);
}

const cortexM4: KernelCosts = {
  ...cortexM3,
  table: { ...cortexM3.table, t5: { call: 49, group: 219.5, odd: 52 } },
  lookup: cortexM4Lookup,
  driver: { call: 87, chunk: 12 },
};

const cortexM0: KernelCosts = {
  unit: 'cycles',
  table: { t5: { call: 34, group: 350 }, t2: { call: 38, group: 176 } },
  lookup: (blocks, groups, adds) =>
    86 + 8 * Number(groups % 4 > 0) + blocks * byQuads(groups, 89, [0, 27, 49, 71], adds ? 30 : 20),
  driver: { call: 102, chunk: 52 },
};

const rp2040: KernelCosts = {
  ...cortexM0,
  lookup: (blocks, groups, adds) =>
    105 + 11 * Number(groups % 4 > 0) + blocks * byQuads(groups, 79, [0, 25, 44, 64], adds ? 28 : 19),
};

const rv32: KernelCosts = {
  unit: 'instructions',
  table: { t5: { call: 31, group: 277 }, t2: { call: 5, group: 122 } },
  lookup: (blocks, groups, adds) => 46 + blocks * (16 * groups + (adds ? 13 : 8)), // with Zba, as virt has it
  driver: { call: 58, chunk: 25 },
};

/** No tables: instructions of a block of four rows and a group, by AVX2. */
const simd = (perGroup: number): KernelCosts => ({
  unit: 'instructions',
  table: { t5: { call: 0, group: 0 }, t2: { call: 0, group: 0 } },
  lookup: (blocks, groups) => blocks * (perGroup * groups + 20),
  driver: { call: 0, chunk: 20 },
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
  const all = groupsOf(packing, columns);
  let left = all;
  let cost = driver.call;
  while (left > 0) {
    const groups = Math.min(chunk, left);
    cost += driver.chunk + tableCost(table[packing], groups) + lookup(blocks, groups, left < all);
    left -= groups;
  }
  return cost;
}
