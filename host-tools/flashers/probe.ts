// Writes an emulated board's flash as a debug probe does: without the board's help, through its control socket.
import type { Board } from '../../boards/board.ts';
import type { Flasher, Progress, Segment } from './flasher.ts';

/** What a probe does to a board; its command has connected the control socket. */
export interface ProbeControl {
  /** Replaces bytes of flash, erased or not. */
  write(address: number, bytes: Uint8Array): Promise<void>;
  reset(): Promise<void>;
}

/** Bytes a request. */
const blockBytes = 32 * 1024;
const erased = 0xff;

/** Makes a flasher for a board that a probe is attached to. */
export function probe(board: Board, control: ProbeControl): Flasher {
  const write = async ({ address, bytes }: Segment, progress: Progress): Promise<void> => {
    progress(0);
    for (let start = 0; start < bytes.length; start += blockBytes) {
      await control.write(address + start, bytes.subarray(start, start + blockBytes));
      progress(Math.min(1, (start + blockBytes) / bytes.length));
    }
  };
  return {
    open: async () => ({ chip: board.chip }),
    erase: (units, progress) => write(regionOf(board, units), progress),
    write,
    // The socket loses nothing and flash does not wear: what was acknowledged is there. The firmware checks its image anyway.
    verify: async (_segment, progress) => progress(1),
    start: () => control.reset(),
  };
}

/** Erased bytes for units that lie one behind the other. */
function regionOf(board: Board, units: readonly number[]): Segment {
  const before = board.eraseUnits.slice(0, units[0]).reduce((sum, bytes) => sum + bytes, 0);
  const size = units.reduce((sum, unit) => sum + board.eraseUnits[unit]!, 0);
  return { address: board.memory.flash.base + before, bytes: new Uint8Array(size).fill(erased) };
}
