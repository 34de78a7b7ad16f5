// Whether an image fits a board: its region of flash, and the RAM that the engine may have.
import { layoutOf, plannedBytes, ramPlan } from '../compiler/ram-plan.ts';
import { UserError } from '../contracts/errors.ts';
import type { Board } from '../../boards/board.ts';
import type { Image } from '../compiler/read-image.ts';

export interface Fit {
  readonly flash: { readonly needed: number; readonly free: number };
  /** Without the weights that are copied to RAM because there is room. */
  readonly ram: { readonly needed: number; readonly free: number };
  readonly fits: boolean;
}

/** Compares what an image needs with what a board has. */
export function fitOf(image: Image, board: Board): Fit {
  const flash = { needed: image.bytes, free: board.flashMap.image.bytes };
  const ram = {
    needed: plannedBytes(ramPlan(image.shape, layoutOf(image))) - image.copied.bytes,
    free: board.memory.ram.bytes - board.firmwareRamBytes,
  };
  const fits = flash.needed <= flash.free && ram.needed + image.copied.bytes <= ram.free;
  return { flash, ram, fits };
}

/** Throws a UserError where an image does not fit a board. */
export function assertFits(image: Image, name: string, board: Board): void {
  const { flash, ram } = fitOf(image, board);
  const advice = 'Compile with --weights t5 --embedding 8, or choose a smaller model (ternlet models).';
  const refuse = (what: string, { needed, free }: { needed: number; free: number }): void => {
    if (needed > free)
      throw new UserError(
        `${image.name} does not fit ${name}: ${needed} bytes of ${what}, ${free} free`,
        advice,
      );
  };
  refuse('flash', flash);
  refuse('RAM', { ...ram, needed: ram.needed + image.copied.bytes });
}
