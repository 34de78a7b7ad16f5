// The emulated boards, and how a command comes by one: a running one, or one of its own.
import { loadBoard } from '../../boards/board.ts';
import type { Board } from '../../boards/board.ts';
import { UserError } from '../contracts/errors.ts';
import { runningBoard } from './registry.ts';
import { startRp2040 } from './rp2040.ts';
import type { BoardOptions, EmulatedBoard } from './serve-board.ts';
import { startStm32f405 } from './stm32f405.ts';
import { startVirt } from './virt.ts';

export type { BoardOptions, EmulatedBoard } from './serve-board.ts';

/** One for each chip that can be emulated. */
const emulators: Partial<
  Record<Board['chip'], (name: string, board: Board, options?: BoardOptions) => Promise<EmulatedBoard>>
> = {
  rp2040: startRp2040,
  stm32f405: startStm32f405,
  virt: startVirt,
};

/** Whether a board can be emulated here. */
export function canEmulate(board: Board): boolean {
  return emulators[board.chip] !== undefined && board.emulator !== undefined;
}

/**
 * Starts an emulated board in this process; it runs until it is closed.
 * Rejects with a UserError for a board without an emulator or a missing program, with a DeviceError when it already runs.
 */
export async function startBoard(name: string, options: BoardOptions = {}): Promise<EmulatedBoard> {
  const board = await loadBoard(name);
  const start = emulators[board.chip];
  if (!start || !board.emulator) {
    throw new UserError(`${name} has no emulator`, 'ternlet boards lists which boards have one');
  }
  return start(name, board, options);
}

/** A board to talk to, by its port and control socket, whoever runs it. */
export interface BorrowedBoard {
  readonly board: string;
  readonly port: string;
  readonly control: string;
  /** Closes the board if it was started for this. */
  release(): Promise<void>;
}

/** The running emulated board of this name, or one that is started now and ends with `release`. Rejects as `startBoard` does. */
export async function borrowBoard(name: string, options: BoardOptions = {}): Promise<BorrowedBoard> {
  const running = runningBoard(name);
  if (running)
    return { board: name, port: running.port, control: running.control, release: async () => undefined };
  const own = await startBoard(name, options);
  return { board: name, port: own.port, control: own.control, release: () => own.close() };
}
