// Cycles of a Cortex-M4 in an STM32F405 at 168 MHz, estimated from counted instructions, as a range.
// Core: Arm 100166_0001_00 (Cortex-M4 TRM r0p1), table 3-1 and "Load/store timings". Flash: ST RM0090, chapter 3.
import type { InstructionCounts } from '../emulators/counts.ts';
import { isInstructionCounts, linearModel } from './cycle-model.ts';
import type { CycleParameter } from './cycle-model.ts';

const trm = 'Arm 100166_0001_00';

const parameters: readonly CycleParameter<InstructionCounts>[] = [
  {
    adds: { low: 1, high: 2 },
    per: 'load that is not pipelined',
    source: `${trm} table 3-1: LDR 2 cycles; load/store timings: one more where the instruction ahead computes the address`,
    times: ({ classes, pipelined }) => classes.load - pipelined,
  },
  {
    adds: { low: 0, high: 2 },
    per: 'store',
    source: `${trm} load/store timings: STR 1 cycle with an immediate offset or pipelined, else 2; one more as for loads`,
    times: ({ classes }) => classes.store,
  },
  {
    adds: { low: 1, high: 1 },
    per: 'register of LDM, STM, PUSH, POP, LDRD, STRD',
    source: `${trm} table 3-1: 1 + N cycles`,
    times: ({ ldmRegisters }) => ldmRegisters,
  },
  {
    adds: { low: 1, high: 11 },
    per: 'SDIV, UDIV',
    source: `${trm} table 3-1: 2 to 12 cycles`,
    times: ({ classes }) => classes.div,
  },
  {
    adds: { low: 1, high: 3 },
    per: 'branch taken',
    source: `${trm} table 3-1: 1 + P cycles, P the pipeline refill of 1 to 3`,
    times: ({ taken }) => taken,
  },
  {
    adds: { low: 0, high: 13 },
    per: 'floating-point instruction',
    source: `${trm} FPU instruction set: 1 to 14 cycles`,
    times: ({ classes }) => classes.fp,
  },
  {
    // Twin: flashLine in boards/stm32f405/board.ts.
    adds: { low: 5, high: 10 },
    per: 'flash line fetched for data',
    source:
      'RM0090 chapter 3: 8 lines of 128 bits for data; DS8626 Rev 12 6.3.6: 5 wait states at 168 MHz, twice where a code line is just being read',
    times: ({ flashLines }) => flashLines,
  },
  {
    adds: { low: 0, high: 5 },
    per: 'flash line fetched for code',
    source: 'RM0090 chapter 3: 64 lines of 128 bits for code, at best prefetched; 5 wait states as above',
    times: ({ codeLines }) => codeLines,
  },
];

/** Both ends are a model's; no silicon has confirmed them. */
export const cortexM4 = linearModel<InstructionCounts>({
  name: 'cortex-m4',
  core: 'Cortex-M4',
  basis: 'one cycle an instruction',
  parameters,
  source:
    'cycle model cortex-m4 (Arm 100166_0001_00 table 3-1; RM0090 chapter 3 and DS8626 Rev 12: 5 wait states)',
  evidence: () => 'estimated',
  fits: isInstructionCounts,
  cyclesBefore: ({ instructions }) => instructions,
});
