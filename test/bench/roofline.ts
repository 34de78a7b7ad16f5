// The least that any kernel which looks tables up must cost on a core: loads, additions and what makes an index of a code. No
// loop, no step of a pointer, no driver and no load that waits is in it. docs/performance.md shows the arithmetic.
import { tritsPerByte } from '../../host-tools/contracts/image.ts';
import type { Packing } from '../../host-tools/compiler/layouts.ts';
import type { CoreKey } from './cores.ts';

/** A part of what a code, or a word of a table, costs: what it is for, and how much. */
export interface Part {
  readonly what: string;
  readonly cost: number;
}

export interface Roofline {
  readonly unit: 'cycles' | 'instructions';
  /** Of each code: a byte, looked up and added to the sum of its row. */
  readonly code: readonly Part[];
  /** Of each word of a table, which holds two entries, or one of each vector of a pair. */
  readonly word: readonly Part[];
}

/** Words of a group's table, by the entries that are codes. */
const tableWords: Readonly<Record<Packing, { one: number; pair: number }>> = {
  t5: { one: 243 / 2, pair: 243 },
  t2: { one: 81 / 2, pair: 81 },
};

const armv7: Omit<Roofline, 'unit'> = {
  code: [
    { what: 'LDRB of the code', cost: 1 },
    { what: 'LDRH or LDR of the entry, its index scaled', cost: 1 },
    { what: 'ADD', cost: 1 },
  ],
  word: [
    { what: 'ADD', cost: 1 },
    { what: 'STR', cost: 1 },
  ],
};

/** With long products that add two words: UMAAL two entries to a sum, SMLAL a column to a word and its mirror image. */
const armv7em: Omit<Roofline, 'unit'> = {
  code: [...armv7.code.slice(0, 2), { what: 'UMAAL of two entries, a half', cost: 0.5 }],
  word: [
    { what: 'SMLAL of two words, a half', cost: 0.5 },
    { what: 'STR', cost: 1 },
  ],
};

/** Of Armv6-M, stores by STM: one cycle a word beside one for each run, which is left out. */
const armv6Word: readonly Part[] = [
  { what: 'ADD', cost: 1 },
  { what: 'STM, a word of it', cost: 1 },
];

const riscv = (index: readonly Part[]): Roofline => ({
  unit: 'instructions',
  code: [
    { what: 'LBU of the code', cost: 1 },
    ...index,
    { what: 'LHU or LW of the entry', cost: 1 },
    { what: 'ADD', cost: 1 },
  ],
  word: [
    { what: 'ADD', cost: 1 },
    { what: 'SW', cost: 1 },
  ],
});

const plainIndex: readonly Part[] = [
  { what: 'SLLI', cost: 1 },
  { what: 'ADD of the base', cost: 1 },
];

export const rooflines: Readonly<Record<CoreKey, Roofline>> = {
  'cortex-m0plus': {
    unit: 'cycles',
    code: [
      { what: 'LDM of four codes, a quarter', cost: 0.25 },
      { what: 'shift and mask: no load scales its index', cost: 2 },
      { what: 'LDRH or LDR of the entry', cost: 2 },
      { what: 'ADD', cost: 1 },
    ],
    word: armv6Word,
  },
  rp2040: {
    unit: 'cycles',
    code: [
      { what: 'LDM of four codes and STR to an interpolator, a quarter', cost: 0.5 },
      { what: 'POP of the interpolator', cost: 1 },
      { what: 'LDRH or LDR of the entry', cost: 2 },
      { what: 'ADD', cost: 1 },
    ],
    word: armv6Word,
  },
  'cortex-m3': { unit: 'cycles', ...armv7 },
  'cortex-m4': { unit: 'cycles', ...armv7em },
  'cortex-m7': { unit: 'instructions', ...armv7em },
  rv32i: riscv(plainIndex),
  rv32im: riscv(plainIndex),
  rv32imc: riscv(plainIndex),
  rv32imc_zba: riscv([{ what: 'SH1ADD or SH2ADD', cost: 1 }]),
};

const total = (parts: readonly Part[]): number => parts.reduce((sum, { cost }) => sum + cost, 0);

/** What bounds a weight, of one vector or of each of a pair, in a matrix of so many rows. */
export function boundOf(core: CoreKey, packing: Packing, isPair: boolean, rows: number): number {
  const { code, word } = rooflines[core];
  const words = tableWords[packing][isPair ? 'pair' : 'one'];
  const perGroup = total(code) + (words * total(word)) / rows;
  return perGroup / (tritsPerByte[packing] * (isPair ? 2 : 1));
}

/** For people: `1 LDRB of the code + …`. */
export function arithmeticOf(parts: readonly Part[]): string {
  return `${parts.map(({ what, cost }) => `${cost} ${what}`).join(' + ')} = ${total(parts)}`;
}
