// Cycles of a Cortex-M0+ that its emulator has counted itself, and what the emulator does not know: a second core, flash in place.
// Core: Arm DDI 0484C (Cortex-M0+ TRM r0p1) 3.3. Memory: RP2040 datasheet 2.1.1, 2.6.2 and 2.6.3.
import { isCountedCycles, linearModel } from './cycle-model.ts';
import type { CountedCycles, CycleModel, CycleParameter } from './cycle-model.ts';
import type { Range } from './figure.ts';

/** What a board adds to its core. */
export interface CoreSurroundings {
  /** Cores that work at once on one memory. */
  cores: number;
  /** What it costs to fetch a line of flash. */
  flashLine: { cycles: Range; source: string };
}

const cyclesBefore = ({ cycles }: CountedCycles): number => cycles;

/**
 * A Cortex-M0+ has no cache, no branch predictor and no instruction whose time depends on data (RP2040: products in 1 cycle), and
 * one core alone finds each bank of RAM free: the manual's table then gives the one number of cycles that there is, and the emulator
 * has added it up. Such counts are `simulated`; whatever else may wait makes them `estimated`.
 */
export function cortexM0plus({ cores, flashLine }: CoreSurroundings): CycleModel {
  const contention: CycleParameter<CountedCycles> = {
    adds: { low: 0, high: 1 / 8 },
    per: 'cycle while a second core works',
    source:
      'RP2040 datasheet 2.1.1, 2.6.2: RAM has four banks, striped by words, and a bank serves one core a cycle; were each core to ask for any word in each cycle, they would meet in one of four, and one of the two would wait',
    times: cyclesBefore,
  };
  const { low, high } = flashLine.cycles;
  const line: CycleParameter<CountedCycles> = {
    // Of two cores, each fetches half: at best while the other computes.
    adds: { low: low / cores, high },
    per: 'flash line fetched, where those are counted',
    source:
      cores > 1
        ? `${flashLine.source}; at best half of them while the other core computes`
        : flashLine.source,
    times: ({ flashLines = 0 }) => flashLines,
  };
  return linearModel<CountedCycles>({
    name: 'cortex-m0plus',
    core: 'Cortex-M0+',
    basis: 'the cycles that the emulator counts (Arm DDI 0484C 3.3)',
    parameters: cores > 1 ? [contention, line] : [line],
    source: `cycle counter of the emulator (Arm DDI 0484C 3.3)${cores > 1 ? ' + cycle model cortex-m0plus (RP2040 datasheet 2.1.1, 2.6.2: two cores on one memory)' : ''}`,
    evidence: (counts) =>
      cores === 1 && isCountedCycles(counts) && counts.flashLines === 0 ? 'simulated' : 'estimated',
    fits: isCountedCycles,
    cyclesBefore,
  });
}
