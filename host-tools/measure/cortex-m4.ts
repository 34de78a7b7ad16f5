// Cycles of a Cortex-M4 in an STM32F405 at 168 MHz, estimated from counted instructions, as a range.
// Core: Arm 100166_0001_00 (Cortex-M4 TRM r0p1), table 3-1 and "Load/store timings". Flash: ST RM0090, chapter 3.
import { figure } from './figure.ts';
import type { Figure, Range } from './figure.ts';
import type { TokenCounts } from './record.ts';

/** What a thing adds to the one cycle that every instruction takes: at best, and at worst. */
export interface CycleParameter {
  adds: Range;
  /** What it is counted in. */
  per: string;
  source: string;
}

const trm = 'Arm 100166_0001_00';

export const cortexM4 = {
  load: {
    adds: { low: 0, high: 1 },
    per: 'load that is not known to be pipelined',
    source: `${trm} table 3-1: LDR 2 cycles, 1 beside a neighbouring load or store`,
  },
  store: {
    adds: { low: 0, high: 1 },
    per: 'store',
    source: `${trm} table 3-1 and load/store timings: STR 2 cycles, 1 pipelined or with an immediate offset`,
  },
  ldmRegister: {
    adds: { low: 1, high: 1 },
    per: 'register of LDM, STM, PUSH, POP',
    source: `${trm} table 3-1: 1 + N cycles`,
  },
  ldmUnknown: {
    adds: { low: 1, high: 9 },
    per: 'LDM, STM, PUSH or POP of an unknown number of registers',
    source: `${trm} table 3-1: 1 + N cycles; one to nine registers (r4-r11 and lr, as compilers save them)`,
  },
  div: { adds: { low: 1, high: 11 }, per: 'SDIV, UDIV', source: `${trm} table 3-1: 2 to 12 cycles` },
  taken: {
    adds: { low: 1, high: 3 },
    per: 'branch taken',
    source: `${trm} table 3-1: 1 + P cycles, P the pipeline refill of 1 to 3`,
  },
  fp: {
    adds: { low: 0, high: 13 },
    per: 'floating-point instruction',
    source: `${trm} FPU instruction set: 1 to 14 cycles`,
  },
  flashLine: {
    adds: { low: 5, high: 5 },
    per: '128-bit flash line fetched for data',
    source: 'RM0090 chapter 3: lines of 128 bits; DS8626 Rev 12 6.3.6: 5 wait states at 168 MHz',
  },
  flashRead: {
    adds: { low: 0, high: 5 / 4 },
    per: 'data read from flash whose line is not known to be fetched',
    source:
      'RM0090 as above: at best the line is one of the eight cached, at worst a stream of words fetches one in four reads',
  },
} as const satisfies Record<string, CycleParameter>;

export const cortexM4Source =
  'cycle model cortex-m4 (Arm 100166_0001_00 table 3-1; RM0090 chapter 3: 5 wait states, lines of 128 bits, instruction side hidden by the ART accelerator)';

/** How often each parameter occurs in a token's work. */
function occurrences(counts: TokenCounts): Record<keyof typeof cortexM4, number> {
  const { load, store, ldm_stm: multiple, div, fp } = counts.classes;
  return {
    load: Math.max(0, load - (counts.pipelined ?? 0)),
    store,
    ldmRegister: counts.ldmRegisters ?? 0,
    ldmUnknown: counts.ldmRegisters === undefined ? multiple : 0,
    div,
    taken: counts.taken,
    fp,
    flashLine: counts.flashLines ?? 0,
    flashRead: counts.flashLines === undefined ? counts.flashReads : 0,
  };
}

/**
 * Cycles from token in to logits ready. The instruction side counts as without wait states: the ART accelerator's 64 lines
 * hold the inner loops and its prefetch the rest. Both ends are a model's; no silicon has confirmed them.
 */
export function cyclesOf(counts: TokenCounts): Range {
  const often = occurrences(counts);
  // Where the counter knows which loads are pipelined, the others are known not to be.
  const known = counts.pipelined !== undefined;
  const cycles = { low: counts.instructions, high: counts.instructions };
  for (const name of Object.keys(cortexM4) as (keyof typeof cortexM4)[]) {
    const { low, high } = cortexM4[name].adds;
    cycles.low += often[name] * (name === 'load' && known ? high : low);
    cycles.high += often[name] * high;
  }
  return { low: Math.round(cycles.low), high: Math.round(cycles.high) };
}

export function cyclesFigure(counts: TokenCounts): Figure {
  return figure(cyclesOf(counts), 'cycles/token', 'estimated', cortexM4Source);
}
