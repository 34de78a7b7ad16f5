// The emulated board virt: QEMU for what a probe writes to its flash.
import type { Board } from '../../boards/board.ts';
import { QemuBoard } from './qemu-board.ts';
import { serveBoard } from './serve-board.ts';
import type { BoardOptions, EmulatedBoard } from './serve-board.ts';

/** Rejects with a UserError when QEMU is missing, and with a DeviceError when the board already runs or there is no pty. */
export async function startVirt(
  name: string,
  board: Board,
  options: BoardOptions = {},
): Promise<EmulatedBoard> {
  return serveBoard(name, new QemuBoard(name, board, options));
}
