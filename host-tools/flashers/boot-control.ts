// How a board gets into its ROM loader and out of it: by what drives its pins, by a word to its firmware, or by a hand.
import type { Board } from '../../boards/board.ts';
import { DeviceError } from '../contracts/errors.ts';
import type { Port } from '../link/port.ts';

/** The pins of an emulated board; its command has connected the control socket. */
export interface PinControl {
  boot0(level: boolean): Promise<void>;
  reset(): Promise<void>;
}

export interface BootWays {
  /** An emulated board's pins. Where they are given nothing else is tried. */
  pins?: PinControl;
  /** Asks the firmware to enter the loader; resolves whether it agreed. */
  askFirmware?: () => Promise<boolean>;
  /** Tells a person what to do by hand; the loader is then looked for again and again for about a minute. */
  askPerson?: (what: string) => void;
}

/** Each takes some four seconds. */
const personAttempts = 15;
const resetMs = 20;
const bootMs = 100;

/**
 * Brings a board into its loader. `open` tries to speak to the loader and throws a DeviceError when nothing answers; it is
 * called after each way that may have worked, in this order: pins of an emulated board; else the firmware's own command, the
 * loader that runs already, RTS and DTR, a person. Rejects with the DeviceError of the last try.
 */
export async function enterLoader(
  port: Port,
  board: Board,
  ways: BootWays,
  open: () => Promise<void>,
): Promise<void> {
  const { pins, askFirmware, askPerson } = ways;
  if (pins) {
    await pins.boot0(true);
    await pins.reset();
    return open();
  }
  let last: unknown;
  const opens = async (): Promise<boolean> => {
    try {
      await open();
      return true;
    } catch (error) {
      if (!(error instanceof DeviceError)) throw error;
      last = error;
      return false;
    }
  };
  // A firmware that answers is asked first: nothing else is sent to a board that may not be ours.
  if ((await askFirmware?.()) === true && (await opens())) return;
  if (await opens()) return;
  await driveLines(port, true);
  if (await opens()) return;
  askPerson?.(`set BOOT0 of ${board.title} high and press reset`);
  for (let attempt = 0; askPerson && attempt < personAttempts; attempt++) if (await opens()) return;
  throw last;
}

/** Lets BOOT0 go, so that the next reset starts the firmware. */
export async function leaveLoader(port: Port, ways: BootWays): Promise<void> {
  if (ways.pins) await ways.pins.boot0(false);
  else await port.configure({ rts: false });
}

/** The usual wiring of USB adapters: RTS drives BOOT0 and DTR drives reset, both asserted when the line is set. */
async function driveLines(port: Port, boot0: boolean): Promise<void> {
  await port.configure({ rts: boot0, dtr: true });
  await pause(resetMs);
  await port.configure({ rts: boot0, dtr: false });
  await pause(bootMs);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
