// The flashers by the name that a board gives.
import type { Board } from '../../boards/board.ts';
import { UserError } from '../contracts/errors.ts';
import type { Port } from '../link/port.ts';
import { an3155 } from './an3155.ts';
import type { Flasher } from './flasher.ts';
import { probe } from './probe.ts';
import type { ProbeControl } from './probe.ts';

/** How a board is reached: its port, and what a debug probe does where it is emulated. */
export interface FlashAccess {
  port: Port;
  probe?: ProbeControl | undefined;
}

type MakeFlasher = (name: string, board: Board, access: FlashAccess) => Flasher;

/** `process` boards have no flash: their program gets its image when it starts. */
export const flashers: Readonly<Record<Board['flasher'], MakeFlasher | undefined>> = {
  'stm32-rom': (_name, board, { port }) => an3155(port, board),
  probe: (name, board, access) => {
    if (access.probe) return probe(board, access.probe);
    throw new UserError(
      `${name} is flashed through a debug probe, which only the emulated board has`,
      `leave --port out: ternlet flash --board ${name} takes the emulated one`,
    );
  },
  process: undefined,
};

/** The flasher of a board. Throws a UserError for a board that is not flashed, or not in this way. */
export function flasherOf(name: string, board: Board, access: FlashAccess): Flasher {
  const make = flashers[board.flasher];
  if (make) return make(name, board, access);
  throw new UserError(
    `${name} is not flashed: it has no memory that outlives a run`,
    `say: ternlet generate --board ${name}`,
  );
}
