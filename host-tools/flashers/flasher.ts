// What a flasher is, and how bytes come into a board's flash through one: only whole erase units that are theirs.
import type { Board, Region } from '../../boards/board.ts';
import { DeviceError, UserError } from '../contracts/errors.ts';

/** Bytes for an address of flash. */
export interface Segment {
  address: number;
  bytes: Uint8Array;
}

/** Flash that does not hold what was written to it. */
export class VerifyError extends DeviceError {}

/** Is told how much of a piece of work is done, 0 to 1. */
export type Progress = (fraction: number) => void;

/** Writes a board's memory over an open port. All methods reject with a DeviceError when the board refuses or falls silent. */
export interface Flasher {
  /** Gets hold of the loader on the board; says which chip it found. Safe to repeat, also after an interrupted session. */
  open(): Promise<{ chip: string }>;
  /** Erases units, by their index in the board's list. */
  erase(units: readonly number[], progress: Progress): Promise<void>;
  /** Writes to erased flash. */
  write(segment: Segment, progress: Progress): Promise<void>;
  /** Reads back and compares; rejects with a VerifyError at the first difference. */
  verify(segment: Segment, progress: Progress): Promise<void>;
  /** Leaves the loader and starts the firmware. */
  start(): Promise<void>;
}

/** The erase units that a region touches, by index. */
export function unitsOf(board: Board, region: Region): number[] {
  const end = region.base + region.bytes;
  let address = board.memory.flash.base;
  return board.eraseUnits.flatMap((bytes, unit) => {
    const [start, next] = [address, address + bytes];
    address = next;
    return start < end && next > region.base ? [unit] : [];
  });
}

/**
 * Refuses a segment that does not lie in the region which is its own, with a UserError.
 * Firmware and image are written to different erase units, so that neither write can harm the other: when a cable is
 * pulled in the middle of an image, the firmware still boots and says that there is no image.
 */
export function assertOwn(segment: Segment, own: Region, what: string): void {
  const { address, bytes } = segment;
  if (address >= own.base && address + bytes.length <= own.base + own.bytes) return;
  const range = (from: number, length: number): string =>
    `0x${from.toString(16)} to 0x${(from + length).toString(16)}`;
  throw new UserError(
    `${what} does not fit its region: it takes ${range(address, bytes.length)}, allowed is ${range(own.base, own.bytes)}`,
  );
}

/** A disturbed line can spoil flash although each request was acknowledged; then all of it is erased and written again. */
const writeAttempts = 3;

/** Erases what a segment needs, writes it and verifies it. The flasher must be open. Rejects with the flasher's DeviceErrors. */
export async function writeSegment(
  flasher: Flasher,
  board: Board,
  segment: Segment,
  own: Region,
  what: string,
  progress: (label: string, fraction: number) => void,
): Promise<void> {
  assertOwn(segment, own, what);
  const units = unitsOf(board, { base: segment.address, bytes: segment.bytes.length });
  if (units.length === 0) throw new DeviceError(`${what}: the board has no erase units there`);
  for (let attempt = 1; ; attempt++) {
    try {
      await flasher.erase(units, (fraction) => progress(`${what}: erase`, fraction));
      await flasher.write(segment, (fraction) => progress(`${what}: write`, fraction));
      await flasher.verify(segment, (fraction) => progress(`${what}: verify`, fraction));
      return;
    } catch (error) {
      if (!(error instanceof VerifyError) || attempt === writeAttempts) throw error;
    }
  }
}
