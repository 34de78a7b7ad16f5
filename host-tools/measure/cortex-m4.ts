// Cycles of a Cortex-M4 in an STM32F405 at 168 MHz, estimated from counted instructions, as a range.
// Core: Arm 100166_0001_00 (Cortex-M4 TRM r0p1), table 3-1 and "Load/store timings". Flash: ST RM0090, chapter 3.
import type { TokenCounts } from '../emulators/control.ts';
import { figure } from './figure.ts';
import type { Figure, Range } from './figure.ts';

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
    adds: { low: 1, high: 2 },
    per: 'load that is not pipelined',
    source: `${trm} table 3-1: LDR 2 cycles; load/store timings: one more where the instruction ahead computes the address`,
  },
  store: {
    adds: { low: 0, high: 2 },
    per: 'store',
    source: `${trm} load/store timings: STR 1 cycle with an immediate offset or pipelined, else 2; one more as for loads`,
  },
  register: {
    adds: { low: 1, high: 1 },
    per: 'register of LDM, STM, PUSH, POP, LDRD, STRD',
    source: `${trm} table 3-1: 1 + N cycles`,
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
    adds: { low: 5, high: 10 },
    per: 'flash line fetched for data',
    source:
      'RM0090 chapter 3: 8 lines of 128 bits for data; DS8626 Rev 12 6.3.6: 5 wait states at 168 MHz, twice where a code line is just being read',
  },
  codeLine: {
    adds: { low: 0, high: 5 },
    per: 'flash line fetched for code',
    source: 'RM0090 chapter 3: 64 lines of 128 bits for code, at best prefetched; 5 wait states as above',
  },
} as const satisfies Record<string, CycleParameter>;

export const cortexM4Source =
  'cycle model cortex-m4 (Arm 100166_0001_00 table 3-1; RM0090 chapter 3 and DS8626 Rev 12: 5 wait states)';

/** How often each parameter occurs in a token's work. */
function occurrences(counts: TokenCounts): Record<keyof typeof cortexM4, number> {
  const { load, store, div, fp } = counts.classes;
  return {
    load: load - counts.pipelined,
    store,
    register: counts.ldmRegisters,
    div,
    taken: counts.taken,
    fp,
    flashLine: counts.flashLines,
    codeLine: counts.codeLines,
  };
}

/** Cycles from token in to logits ready. Both ends are a model's; no silicon has confirmed them. */
export function cyclesOf(counts: TokenCounts): Range {
  const often = occurrences(counts);
  const cycles = { low: counts.instructions, high: counts.instructions };
  for (const name of Object.keys(cortexM4) as (keyof typeof cortexM4)[]) {
    const { low, high } = cortexM4[name].adds;
    cycles.low += often[name] * low;
    cycles.high += often[name] * high;
  }
  return cycles;
}

export function cyclesFigure(counts: TokenCounts): Figure {
  return figure(cyclesOf(counts), 'cycles/token', 'estimated', cortexM4Source);
}
