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
  /** Asks the person to do it by hand; resolves when they say that it is done, or to false when nobody is there. */
  askPerson?: (what: string) => Promise<boolean>;
}

const resetMs = 20;
const bootMs = 100;

/**
 * Brings a board into its loader. `open` tries to speak to the loader and throws a DeviceError when nothing answers; it is
 * called after each way that may have worked, in this order: pins of an emulated board, the loader that runs already, RTS
 * and DTR, the firmware's own command, a person. Rejects with the DeviceError of the last try.
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
  const tries: (() => Promise<boolean>)[] = [
    async () => true,
    async () => driveLines(port, true),
    async () => (await askFirmware?.()) ?? false,
    async () =>
      (await askPerson?.(`set BOOT0 of ${board.title} high, press reset, then press Enter`)) ?? false,
  ];
  let last: unknown = new DeviceError(`${port.path}: the board's boot loader was not reached`);
  for (const attempt of tries) {
    if (!(await attempt())) continue;
    try {
      return await open();
    } catch (error) {
      if (!(error instanceof DeviceError)) throw error;
      last = error;
    }
  }
  throw last;
}

/** Lets BOOT0 go, so that the next reset starts the firmware. */
export async function leaveLoader(port: Port, ways: BootWays): Promise<void> {
  if (ways.pins) await ways.pins.boot0(false);
  else await port.configure({ rts: false });
}

/** The usual wiring of USB adapters: RTS drives BOOT0 and DTR drives reset, both asserted when the line is set. */
async function driveLines(port: Port, boot0: boolean): Promise<boolean> {
  await port.configure({ rts: boot0, dtr: true });
  await pause(resetMs);
  await port.configure({ rts: boot0, dtr: false });
  await pause(bootMs);
  return true;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
