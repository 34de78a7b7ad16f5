// The emulated STM32F405: QEMU for what is flashed, and the ROM boot loader played by this process.
import type { Board } from '../../boards/board.ts';
import { QemuBoard } from './qemu-board.ts';
import { serveBoard } from './serve-board.ts';
import type { BoardOptions, EmulatedBoard } from './serve-board.ts';
import { RomLoader } from './stm32-rom.ts';

/**
 * Starts the board: from flash, or in the ROM loader while flash is empty.
 * Rejects with a UserError when QEMU is missing, and with a DeviceError when the board already runs or there is no pty.
 */
export async function startStm32f405(
  name: string,
  board: Board,
  options: BoardOptions = {},
): Promise<EmulatedBoard> {
  const { flash, ram } = board.memory;
  const { eraseUnits } = board;
  const chip = new QemuBoard(
    name,
    board,
    options,
    (bytes, events) => new RomLoader({ flash: bytes, flashBase: flash.base, eraseUnits, ram }, events),
  );
  return serveBoard(name, chip);
}
