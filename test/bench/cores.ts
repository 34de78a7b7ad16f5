// The cores on which the bench counts, and what a cycle is on each: counted by its emulator, or by the table of its manual.
import { cores } from '../support/cores.ts';
import type { CoreName } from '../support/cores.ts';
import type { KernelCounts } from '../support/kernel-harness.ts';
import { isArmCounts, loadsAndStores } from '../../host-tools/measure/cortex-m4.ts';
import type { Evidence } from '../../host-tools/measure/figure.ts';
import type { Kernels } from '../../host-tools/compiler/costs.ts';

/** `rp2040` is a Cortex-M0+ with the interpolators of that chip. */
export type CoreKey = CoreName | 'rp2040';

export interface BenchCore {
  readonly key: CoreKey;
  readonly title: string;
  readonly kernels: Kernels;
  /** Where cycles come from; undefined where there are none. */
  readonly cycles: { readonly evidence: Evidence; readonly of: (counts: KernelCounts) => number } | undefined;
}

/**
 * Cycles of an Armv7-M core by the table of its manual, memory without wait states: every instruction 1; loads and stores what the
 * model of the Cortex-M4 adds at its low end; a taken branch 2 more, UDIV and SDIV 6 more; IT is not folded.
 */
function byTable(counts: KernelCounts, moreOfProduct: number): number {
  if ('cycles' in counts || !isArmCounts(counts))
    throw new Error('A table needs instructions of an Arm core.');
  const { instructions, classes, taken } = counts;
  const waits = loadsAndStores.reduce((sum, { adds, times }) => sum + adds.low * times(counts), 0);
  return instructions + waits + 2 * taken + 6 * classes.div + moreOfProduct * classes.mul;
}

const counted = {
  evidence: 'simulated',
  of: (counts: KernelCounts): number => ('cycles' in counts ? counts.cycles : NaN),
} as const;

const cyclesOf: Readonly<Partial<Record<CoreKey, BenchCore['cycles']>>> = {
  'cortex-m0plus': counted,
  rp2040: counted,
  // Arm DDI 0337H (Cortex-M3 TRM r2p0) table 3-1: MLA takes 2 cycles.
  'cortex-m3': { evidence: 'estimated', of: (counts) => byTable(counts, 1) },
  // Arm 100166_0001_00 (Cortex-M4 TRM r0p1) table 3-1.
  'cortex-m4': { evidence: 'estimated', of: (counts) => byTable(counts, 0) },
};

export const benchCores: readonly BenchCore[] = [
  ...(Object.keys(cores) as CoreName[]).flatMap((key): BenchCore[] => {
    const core = { key, title: cores[key].title, kernels: cores[key].kernels, cycles: cyclesOf[key] };
    const rp2040 = { key: 'rp2040', title: 'RP2040', kernels: 'rp2040', cycles: counted } as const;
    return key === 'cortex-m0plus' ? [core, rp2040] : [core];
  }),
];
