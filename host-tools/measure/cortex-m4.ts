// Cycles of a Cortex-M4 in an STM32F405 at 168 MHz, estimated from counted instructions, as a range.
// Core: Arm 100166_0001_00 (Cortex-M4 TRM r0p1), table 3-1 and 3.3.2 "Load/store timings". Flash: ST RM0090, chapter 3.
//
// A line is a range only where the manual leaves open what happens: "might", "can", or no word about the case.
import type { InstructionCounts, PipelineCounts } from '../emulators/counts.ts';
import { isInstructionCounts, linearModel } from './cycle-model.ts';
import type { Counts, CycleParameter } from './cycle-model.ts';

/** Counts of an Arm core. */
export type ArmCounts = InstructionCounts & { readonly pipeline: PipelineCounts };

const table = 'Arm 100166_0001_00 table 3-1';
const timings = 'Arm 100166_0001_00 3.3.2';

/** What loads and stores add, in memory without wait states; of a Cortex-M3 as well. A store by itself is one cycle. */
export const loadsAndStores: readonly CycleParameter<ArmCounts>[] = [
  {
    adds: { low: 1, high: 1 },
    per: 'load that is not pipelined',
    source: `${table}: LDR 2 cycles; ${timings}: one less right behind an LDR that its address does not depend on`,
    times: ({ classes, pipelined, pipeline }) => classes.load - pipelined - pipeline.behindStores,
  },
  {
    adds: { low: 0, high: 1 },
    per: 'load right behind a store',
    source: `${table}, note b: neighbouring loads and stores can be pipelined; ${timings} says so only of what follows an LDR, and excludes STR with a register as offset`,
    times: ({ pipeline }) => pipeline.behindStores,
  },
  {
    adds: { low: 1, high: 1 },
    per: 'store with a register as offset that is not pipelined',
    source: `${timings}: STR 1 cycle with a constant offset or right behind an LDR, else 2`,
    times: ({ pipeline }) => pipeline.registerStores,
  },
  {
    adds: { low: 1, high: 1 },
    per: 'address that the instruction ahead computes',
    source: `${timings}: one more where the address depends on the data processing ahead`,
    times: ({ pipeline }) => pipeline.addressWaits,
  },
  {
    adds: { low: 0, high: 1 },
    per: 'address from a base that the load or store ahead moves on',
    source: `${timings}: as above if it counts as data processing, which is not said`,
    times: ({ pipeline }) => pipeline.writeBackWaits,
  },
  {
    adds: { low: 0, high: 1 },
    per: 'pipelined pair with 32 bits across words',
    source: `${table}, note b: opcodes of 32 bits on odd halfwords might not be pipelined optimally`,
    times: ({ pipeline }) => pipeline.acrossWords,
  },
  {
    adds: { low: 0, high: 1 },
    per: 'load relative to PC',
    source: `${timings}: LDR Rx,[PC,#imm] might add a cycle`,
    times: ({ pipeline }) => pipeline.literals,
  },
  {
    adds: { low: 1, high: 1 },
    per: 'register of LDM, STM, PUSH, POP, LDRD, STRD',
    source: `${table}: 1 + N cycles`,
    times: ({ ldmRegisters }) => ldmRegisters,
  },
];

const parameters: readonly CycleParameter<ArmCounts>[] = [
  ...loadsAndStores,
  {
    adds: { low: 1, high: 11 },
    per: 'SDIV, UDIV',
    source: `${table}: 2 to 12 cycles`,
    times: ({ classes }) => classes.div,
  },
  {
    adds: { low: 1, high: 3 },
    per: 'branch taken',
    source: `${table}: 1 + P cycles, P the pipeline refill of 1 to 3`,
    times: ({ taken }) => taken,
  },
  {
    adds: { low: -1, high: 0 },
    per: 'IT behind an instruction of 16 bits',
    source: `${table}, note d: it can be folded onto that and take no cycle`,
    times: ({ pipeline }) => pipeline.folds,
  },
  {
    adds: { low: 0, high: 13 },
    per: 'floating-point instruction',
    source: 'Arm 100166_0001_00 FPU instruction set: 1 to 14 cycles',
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

export function isArmCounts(counts: Counts): counts is ArmCounts {
  return isInstructionCounts(counts) && counts.pipeline !== undefined;
}

/** Both ends are a model's; no silicon has confirmed them. */
export const cortexM4 = linearModel<ArmCounts>({
  name: 'cortex-m4',
  core: 'Cortex-M4',
  basis: 'one cycle an instruction',
  parameters,
  source:
    'cycle model cortex-m4 (Arm 100166_0001_00 table 3-1; RM0090 chapter 3 and DS8626 Rev 12: 5 wait states)',
  evidence: () => 'estimated',
  fits: isArmCounts,
  cyclesBefore: ({ instructions }) => instructions,
});
