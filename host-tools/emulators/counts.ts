// What an emulated board counts for a token: instructions by kind where QEMU runs it, cycles where the emulator counts those itself.

/**
 * What an emulated core executed between two points; exact, equal in every run. A conditional instruction whose condition fails
 * counts as executed. Classes that a core does not have are 0. Twin: count-plugin.c.
 */
export interface InstructionCounts {
  /** Sum of the classes. */
  instructions: number;
  classes: {
    /** Single loads. */
    load: number;
    /** Single stores. */
    store: number;
    /** Of Arm, LDM, STM, PUSH, POP, LDRD and STRD; `ldmRegisters` says for how many registers in all. */
    ldm_stm: number;
    /** Products of integers, the long and the DSP ones too. */
    mul: number;
    /** Quotients and remainders. */
    div: number;
    /** All that may go on elsewhere than at the next address, calls and returns too; taken or not. POP and LDM are `ldm_stm`. */
    branch: number;
    /** Of Arm, SIMD and saturating arithmetic, without products. */
    dsp: number;
    /** Floating point with its loads and stores. */
    fp: number;
    other: number;
  };
  /** How often the program did not go on at the next address: branches taken, returns by POP and LDM. */
  taken: number;
  /** Of Arm, single loads right behind a single load on which their address does not depend, but not of the program counter. */
  pipelined: number;
  /** Only of RISC-V: instructions that use what the one before them loads, where a pipeline has to wait. */
  loadUse?: number | undefined;
  /** Registers moved by `ldm_stm`. */
  ldmRegisters: number;
  /** Data reads from flash, in accesses. */
  flashReads: number;
  /** Those that miss a data cache of 8 lines of 16 bytes (least recently used, empty at the first marker), as the F405 has. */
  flashLines: number;
  /** Instruction fetches that miss an instruction cache of 64 such lines. */
  codeLines: number;
  /** Data accesses to RAM; LDM, STM, LDRD and STRD count one for each register. */
  ramReads: number;
  ramWrites: number;
  /** Only of Arm. */
  pipeline?: PipelineCounts | undefined;
}

/**
 * What a Cortex-M3 or M4 may wait for, or save, beside what the kinds of instructions tell: the cases of Cortex-M4 TRM 3.3.2 and the
 * notes of its table 3-1. "Right behind" is next in memory and in time. Twin: count-pipeline.h.
 */
export interface PipelineCounts {
  /** Loads and stores, of several registers too, whose address depends on what arithmetic right ahead of them computes. */
  addressWaits: number;
  /** The same on a base that a load or store right ahead of them moves on. */
  writeBackWaits: number;
  /** Single stores with a register as offset that are not pipelined: not right behind a single load, or to an address that it loads. */
  registerStores: number;
  /** Single loads right behind a single store whose offset is a constant. */
  behindStores: number;
  /** Of what is pipelined, loads and stores with a register as offset, where one of the two has 32 bits and lies across words. */
  acrossWords: number;
  /** Single loads relative to the program counter. */
  literals: number;
  /** IT right behind an instruction of 16 bits. */
  folds: number;
}

/** The same of an emulator that counts cycles itself. */
export interface CycleCounts {
  /** Instructions of all cores. */
  instructions: number;
  /** Cycles of the core that runs main. */
  cycles: number;
  /** Lines of flash that its cache had to fetch, for data and code of all cores; the cycles do not hold what that costs. */
  flashLines?: number | undefined;
}

/** What is counted for a token, from the marker before the forward pass to the one after it. */
export type TokenCounts = ForToken<InstructionCounts> | ForToken<CycleCounts>;

type ForToken<Counts> = Counts & {
  /** Instructions of interrupt handlers meanwhile; in none of the other figures. */
  isr: number;
  /** The same figures for each operator that a profile names and that did something; the rest is `other`. They add up to the token's. */
  operators?: Record<string, Counts> | undefined;
};

/** Addresses of code from `start` up to, not including, `end` that are counted under a name; several ranges may share one. */
export interface ProfileRange {
  name: string;
  start: number;
  end: number;
}
