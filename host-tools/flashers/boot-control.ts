// How a board gets into its ROM loader and out of it: by what drives its pins, by a word to its firmware, or by a hand.
import { setTimeout as pause } from 'node:timers/promises';
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
  /** Ends the search when aborted. */
  signal?: AbortSignal;
}

/** Each takes some four seconds. */
const personAttempts = 15;
const resetMs = 20;
const bootMs = 100;

/**
 * Brings a board into its loader; BOOT0 is low again afterwards, so that whatever happens the next reset starts the firmware.
 * `open` tries to speak to the loader and throws a DeviceError when nothing answers; it is called after each way that may have
 * worked, in this order: pins of an emulated board; else the firmware's own command or a loader that runs already, RTS and
 * DTR, a person. Rejects with the DeviceError of the last try, and with the signal's reason at once when it is aborted.
 */
export async function enterLoader(
  port: Port,
  board: Board,
  ways: BootWays,
  open: () => Promise<void>,
): Promise<void> {
  const { pins, askFirmware, askPerson, signal } = ways;
  signal?.throwIfAborted();
  if (pins) {
    await resetByPins(pins);
    return open();
  }
  let last: unknown;
  const tryToOpen = async (): Promise<boolean> => {
    try {
      await open();
      return true;
    } catch (error) {
      if (!(error instanceof DeviceError)) throw error;
      last = error;
      return false;
    }
  };
  const opens = (): Promise<boolean> => unlessAborted(tryToOpen(), signal);
  // A firmware that answers is asked first: nothing else is sent to a board that may not be ours.
  await askFirmware?.();
  if (await opens()) return;
  await resetByLines(port);
  if (await opens()) return;
  askPerson?.(`set BOOT0 of ${board.title} high and press reset`);
  for (let attempt = 0; askPerson && attempt < personAttempts; attempt++) if (await opens()) return;
  throw last;
}

/** BOOT0 is read at reset alone. */
async function resetByPins(pins: PinControl): Promise<void> {
  try {
    await pins.boot0(true);
    await pins.reset();
  } finally {
    await pins.boot0(false);
  }
}

/**
 * The wiring of boards/stm32f405/README.md: a set RTS is a high BOOT0, a set DTR presses reset.
 * The parity of the loader goes first: to change it later would open the port again, and by that press reset.
 */
async function resetByLines(port: Port): Promise<void> {
  try {
    await port.configure({ parity: 'even', rts: true, dtr: true });
    await pause(resetMs);
    await port.configure({ rts: true, dtr: false });
    await pause(bootMs);
  } finally {
    await port.configure({ rts: false, dtr: false });
  }
}

/** What a promise comes to, or the signal's reason as soon as that is aborted; the promise may then still be at work. */
async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  let abort: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason as Error);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort);
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', abort!);
  }
}
