// Brings a firmware and an image onto a board: what is equal is left alone, what differs is written and verified.
import { readFileSync } from 'node:fs';
import type { Board } from '../../boards/board.ts';
import { readFields } from '../contracts/c-header.ts';
import { DeviceError } from '../contracts/errors.ts';
import { headerFields } from '../contracts/image.ts';
import { enterLoader } from '../flashers/boot-control.ts';
import type { BootWays } from '../flashers/boot-control.ts';
import type { ProbeControl } from '../flashers/probe.ts';
import { assertOwn, writeSegment } from '../flashers/flasher.ts';
import { flasherOf } from '../flashers/index.ts';
import type { Identity } from '../link/events.ts';
import { openSession, sessionLimits } from '../link/session.ts';
import type { OpenBoard } from './board-port.ts';
import type { Io } from './command.ts';

/** A built firmware. */
export interface FirmwareFile {
  path: string;
  /** As the device tells it. */
  buildId: string;
}

/** What was done to each part. */
export interface FlashResult {
  firmware: 'written' | 'equal';
  image: 'written' | 'equal';
  identity: Identity;
}

/** A booted firmware answers at once; the wait is for one that is not there. */
const identifyLimits = { ...sessionLimits, helloAttempts: 4 };
/** Behind a write there is one: it checks a new image and copies weights first. */
const writtenLimits = { ...sessionLimits, helloAttempts: 30 };
/**
 * An emulator on a busy machine may stand still, and takes its time to boot: a Pico took 15 s beside eight loops on two cores.
 * Where its firmware says what to count it is one of ours, which answers; any other is given up sooner.
 */
const emulatedLimits = {
  ours: { ...sessionLimits, helloAttempts: 120, answerMs: 15_000 },
  other: { ...sessionLimits, helloAttempts: 20 },
};

/**
 * Writes firmware and image where they differ from what the board says that it holds; a board that does not answer gets both.
 * Either part lies in its own erase units, so that the board still boots when an image is cut off in the middle.
 * Rejects with a UserError when a part does not fit, and with a DeviceError when the board fails or does not come up again.
 */
export async function flashBoard(
  target: OpenBoard,
  firmware: FirmwareFile,
  image: Uint8Array,
  io: Io,
): Promise<FlashResult> {
  const { board } = target;
  const parts = partsOf(board, readFileSync(firmware.path), image);
  for (const { segment, own, what } of parts) assertOwn(segment, own, what);
  const before = await readIdentity(target);
  const isEqual = {
    firmware: before?.buildId === firmware.buildId,
    image: before?.image !== undefined && sameImage(before.image, image),
  };
  const wanted = parts.filter(({ what }) => !isEqual[what]);
  if (before && wanted.length === 0) return { firmware: 'equal', image: 'equal', identity: before };
  await writeParts(target, wanted, before !== undefined, io);
  const after = await readIdentity(target, target.control ? emulatedLimits.ours : writtenLimits);
  if (!after) {
    throw new DeviceError(
      `${target.name} was written and verified, but its firmware does not answer`,
      'reset the board; with BOOT0 low it starts the firmware',
    );
  }
  if (!after.image) throw new DeviceError(`${target.name} refuses the image: ${after.imageStatus.words}`);
  const done = (what: 'firmware' | 'image'): 'equal' | 'written' => (isEqual[what] ? 'equal' : 'written');
  return { firmware: done('firmware'), image: done('image'), identity: after };
}

/** Asks the board what it holds; undefined when no firmware of ours answers. What it is given up after is found out where left out. */
export async function readIdentity(
  { port, control }: OpenBoard,
  limits?: typeof sessionLimits,
): Promise<Identity | undefined> {
  let own = identifyLimits;
  if (control) {
    let { state, counted } = await control.request({ do: 'status' });
    if (state !== 'running') {
      await control.request({ do: 'boot0', level: false });
      const start = state === 'off' ? ({ do: 'power', on: true } as const) : ({ do: 'reset' } as const);
      ({ state, counted } = await control.request(start));
    }
    if (state !== 'running') return undefined;
    own = counted ? emulatedLimits.ours : emulatedLimits.other;
  }
  try {
    const session = await openSession(port, limits ?? own);
    const identity = await session.identify();
    await session.close();
    return identity;
  } catch (error) {
    if (error instanceof DeviceError) return undefined;
    throw error;
  }
}

function partsOf(board: Board, firmware: Uint8Array, image: Uint8Array) {
  const { flashMap } = board;
  return [
    {
      what: 'firmware',
      segment: { address: flashMap.firmware.base, bytes: firmware },
      own: flashMap.firmware,
    },
    { what: 'image', segment: { address: flashMap.image.base, bytes: image }, own: flashMap.image },
  ] as const;
}

type Part = ReturnType<typeof partsOf>[number];

/** Size and checksum of an image stand in its header. */
function sameImage(held: { bytes: number; crc32: number }, image: Uint8Array): boolean {
  const header = readFields(headerFields, image);
  return held.bytes === header['image_bytes'] && held.crc32 === header['crc32'];
}

async function writeParts(
  target: OpenBoard,
  parts: readonly Part[],
  answers: boolean,
  io: Io,
): Promise<void> {
  const { name, board, port } = target;
  const probe = probeOf(target);
  const flasher = flasherOf(name, board, { port, probe });
  const progress = (label: string, fraction: number): void => {
    io.signal.throwIfAborted();
    io.progress(label, fraction);
  };
  const open = async (): Promise<void> => void (await flasher.open());
  if (board.flasher === 'probe') await open();
  else await enterLoader(port, board, waysInto(target, answers, io), open);
  for (const { what, segment, own } of parts)
    await writeSegment(flasher, board, segment, own, what, progress);
  try {
    await flasher.start();
  } catch (error) {
    // An emulated board whose flash cannot be kept refuses to start it, and knows why.
    const notes = (await target.control?.request({ do: 'status' }))?.notes ?? [];
    if (error instanceof DeviceError && notes.length > 0) throw new DeviceError(notes[0]!, error.hint);
    throw error;
  }
}

/** The probe of an emulated board. */
function probeOf({ control }: OpenBoard): ProbeControl | undefined {
  if (!control) return undefined;
  return {
    write: async (address, bytes) => {
      await control.request({ do: 'write', address, hex: Buffer.from(bytes).toString('hex') });
    },
    reset: async () => {
      await control.request({ do: 'reset' });
    },
  };
}

function waysInto({ port, control }: OpenBoard, answers: boolean, io: Io): BootWays {
  const { signal } = io;
  if (control) {
    return {
      signal,
      pins: {
        boot0: async (level) => {
          await control.request({ do: 'boot0', level });
        },
        reset: async () => {
          await control.request({ do: 'reset' });
        },
      },
    };
  }
  return {
    signal,
    askFirmware: async () => {
      if (!answers) return false;
      const session = await openSession(port, identifyLimits);
      await session.restart('bootloader');
      return true;
    },
    askPerson: (what) => io.log(`The board's boot loader does not answer: ${what}.`),
  };
}
