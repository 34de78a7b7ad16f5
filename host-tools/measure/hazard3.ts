// Cycles of a Hazard3, the RISC-V core of the RP2350, estimated from counted instructions, as a range; memory without wait states.
// RP2350 datasheet 3.8.7 and the documentation of Hazard3, both "Instruction cycle counts"; of the latter also "Branch Predictor".
import type { InstructionCounts } from '../emulators/counts.ts';
import { isInstructionCounts, linearModel } from './cycle-model.ts';
import type { CycleParameter } from './cycle-model.ts';

const table = 'RP2350 datasheet 3.8.7';

const parameters: readonly CycleParameter<InstructionCounts>[] = [
  {
    adds: { low: 1, high: 1 },
    per: 'use of a load by the instruction right behind it',
    source: `${table}: a load takes 1 cycle, 2 where the next instruction depends on it`,
    times: ({ loadUse = 0 }) => loadUse,
  },
  {
    adds: { low: 0, high: 2 },
    per: 'branch or jump taken',
    source: `${table}: a branch 1 cycle where it is predicted, 2 where not, JAL and JALR 2; one more to an instruction of 32 bits that lies across words`,
    times: ({ taken }) => taken,
  },
  {
    adds: { low: 0, high: 1 },
    per: 'branch not taken, at most one for each taken',
    source: `${table}: 2 cycles where it was predicted taken, as the last turn of a loop is; the documentation of Hazard3, "Branch Predictor": it is not again before it was taken`,
    times: ({ classes, taken }) => Math.max(0, Math.min(classes.branch - taken, taken)),
  },
  {
    adds: { low: 17, high: 18 },
    per: 'DIV, DIVU, REM, REMU',
    source: `${table}: 18 cycles, of signed ones 18 or 19; MUL and MULH 1`,
    times: ({ classes }) => classes.div,
  },
];

/** Both ends are a model's; no silicon has confirmed them. */
export const hazard3 = linearModel<InstructionCounts>({
  name: 'hazard3',
  core: 'Hazard3',
  basis: 'one cycle an instruction',
  parameters,
  source: `cycle model hazard3 (${table}: instruction cycle counts; memory without wait states)`,
  evidence: () => 'estimated',
  fits: isInstructionCounts,
  cyclesBefore: ({ instructions }) => instructions,
});
