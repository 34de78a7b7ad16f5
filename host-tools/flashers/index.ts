// The flashers by the name that a board gives.
import type { Board } from '../../boards/board.ts';
import { UserError } from '../contracts/errors.ts';
import type { Port } from '../link/port.ts';
import { an3155 } from './an3155.ts';
import type { Flasher } from './flasher.ts';

type MakeFlasher = (port: Port, board: Board) => Flasher;

/** `process` boards have no flash: their program gets its image when it starts. */
export const flashers: Readonly<Record<Board['flasher'], MakeFlasher | undefined>> = {
  'stm32-rom': an3155,
  process: undefined,
};

/** The flasher of a board. Throws a UserError for a board that is not flashed. */
export function flasherOf(name: string, board: Board, port: Port): Flasher {
  const make = flashers[board.flasher];
  if (make) return make(port, board);
  throw new UserError(
    `${name} is not flashed: it has no memory that outlives a run`,
    `say: ternlet generate --board ${name}`,
  );
}
