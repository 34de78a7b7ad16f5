// The models of cores that there are, and which one the counts of a board belong to.
import type { Board } from '../../boards/board.ts';
import { cortexM0plus } from './cortex-m0plus.ts';
import type { CoreSurroundings } from './cortex-m0plus.ts';
import { cortexM4 } from './cortex-m4.ts';
import type { CycleModel } from './cycle-model.ts';
import { hazard3 } from './hazard3.ts';

export const cycleModelNames = ['cortex-m4', 'cortex-m0plus', 'hazard3'] as const;

/** How a record says where its times come from: a model, and what of the board goes into it. */
export interface CountedTiming {
  kind: 'counted';
  model: (typeof cycleModelNames)[number];
  /** Only of cortex-m0plus, which needs it. */
  surroundings?: CoreSurroundings | undefined;
}

/** The core that each chip has, and how many of them compute at once; `virt` is QEMU's, which is no core: it stands for an RP2350. */
const cores: Readonly<Record<Board['chip'], { model: CountedTiming['model']; n: number } | undefined>> = {
  stm32f405: { model: 'cortex-m4', n: 1 },
  rp2040: { model: 'cortex-m0plus', n: 2 },
  virt: { model: 'hazard3', n: 1 },
  host: undefined,
};

/** The timing of a board that is counted; undefined where there is no model of its core. */
export function countedTiming({
  chip,
  flashLine,
}: Pick<Board, 'chip' | 'flashLine'>): CountedTiming | undefined {
  const core = cores[chip];
  if (core === undefined) return undefined;
  const { model, n } = core;
  const { cycles, source } = flashLine;
  const surroundings = model === 'cortex-m0plus' ? { cores: n, flashLine: { cycles, source } } : undefined;
  return { kind: 'counted', model, ...(surroundings && { surroundings }) };
}

/** The model of a record. A cortex-m0plus without surroundings is a record that is refused as it is read. */
export function cycleModelOf({ model, surroundings }: CountedTiming): CycleModel {
  if (model === 'cortex-m4') return cortexM4;
  if (model === 'hazard3') return hazard3;
  if (surroundings === undefined) throw new Error('A cortex-m0plus has surroundings.');
  return cortexM0plus(surroundings);
}
