// What measure needs of a device that writes stories, and how one is opened: image made, board found, flashed, session open.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Board } from '../../boards/board.ts';
import { UserError } from '../contracts/errors.ts';
import type { ControlClient } from '../emulators/control.ts';
import { openSession } from '../link/session.ts';
import type { Session } from '../link/session.ts';
import type { Evidence } from '../measure/figure.ts';
import { rangesOf } from '../measure/operators.ts';
import type { RunFile } from '../measure/record.ts';
import type { Build } from '../toolchain/firmware-build.ts';
import type { Io } from './command.ts';
import { openModelDevice } from './model-device.ts';
import type { ModelDevice } from './model-device.ts';
import type { ModelImage } from './model-image.ts';
import type { StoryOptions } from './story-options.ts';
import { storyWriter } from './story-writer.ts';
import type { Counter, Writer } from './take-run.ts';

export interface StoryRequest {
  /** Name of the board. */
  name: string;
  /** Whether a person named it. */
  named: boolean;
  board: Board;
  /** As a person gives it; undefined is the shipped default. */
  model: string | undefined;
  port: string | undefined;
  story: StoryOptions;
  /** Whether its counts are to tell the operators apart. */
  profile: boolean;
}

export interface StoryDevice extends Writer {
  readonly emulated: boolean;
  /** What runs on it, for the record. */
  readonly identity: Pick<RunFile, 'firmware' | 'image' | 'model'>;
  /** Counts the instructions of each step; undefined where nothing does. */
  readonly counter: Counter | undefined;
  /** What `deviceTimeUs` and `stepUs` are, where times come from them. */
  readonly clock: { evidence: Evidence; source: string };
  close(): Promise<void>;
}

export type OpenStoryDevice = (request: StoryRequest, io: Io) => Promise<StoryDevice>;

/**
 * Rejects with a UserError for a model or board that does not fit, or a board that is to be profiled and cannot, and with a
 * DeviceError for a board that does not answer.
 */
export const openStoryDevice: OpenStoryDevice = async (request, io) => {
  const device = await openModelDevice(request, request.model, io);
  const { control } = device;
  try {
    const counted = control && (await control.request({ do: 'status' })).counted;
    if (counted === false) io.log('Instructions are not counted on this machine: there will be no joules.');
    const counter = control && counted === true ? counterOf(control) : undefined;
    const profiled = request.profile ? await profiledSession(device, counter) : undefined;
    return {
      ...storyWriter(profiled?.session ?? device.session, request.story, io.signal),
      emulated: control !== undefined,
      identity: identityOf(device.model, device.build),
      counter,
      clock: clockOf(device),
      async close() {
        await profiled?.close();
        await device.close();
      },
    };
  } catch (error) {
    await device.close();
    throw error;
  }
};

/** Has the board count by operator from now on, for which its program starts anew, and talks to it again. */
async function profiledSession(
  { name, session: before, control, build, port }: ModelDevice,
  counter: Counter | undefined,
): Promise<{ session: Session; close(): Promise<void> }> {
  if (!control || !counter) {
    throw new UserError(
      `${name} cannot be profiled: nothing counts its instructions`,
      'leave --profile out, or take an emulated board on a machine that counts (ternlet doctor)',
    );
  }
  if (!build.functions) {
    throw new UserError(
      `${name} cannot be profiled: its build does not say where its functions are`,
      'install ternlet again, or remove its folder build/ so that the firmware is built anew',
    );
  }
  await before.close();
  await control.request({ do: 'profile', ranges: rangesOf(build.functions) });
  const session = await openSession(port);
  return {
    session,
    async close() {
      await session.close();
      // Somebody else's board counts as before; one that is gone has nothing to be undone.
      await control.request({ do: 'profile', ranges: [] }).catch(() => undefined);
    },
  };
}

/** What a device's times are. */
export function clockOf({ hostForm, control }: ModelDevice): StoryDevice['clock'] {
  if (hostForm !== undefined)
    return { evidence: 'measured', source: `clock of this computer, around each step in ${hostForm}` };
  if (control)
    return { evidence: 'estimated', source: 'virtual time of the emulator, the same for every instruction' };
  return { evidence: 'measured', source: 'timer of the board' };
}

/** Counts of a board, for as long as somebody listens. */
function counterOf(control: ControlClient): Counter {
  let listener: Parameters<Counter>[0] | undefined;
  let subscribed: Promise<unknown> | undefined;
  return async (next) => {
    listener = next;
    subscribed ??= control.subscribe((event) => {
      if (event.event === 'counts') listener?.(event.counts);
    });
    await subscribed;
    return () => (listener = undefined);
  };
}

function identityOf({ bytes, image }: ModelImage, build: Build): StoryDevice['identity'] {
  const hash = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex');
  const { kind, merges } = image.tokenizer;
  return {
    firmware: {
      buildId: build.buildId,
      sha256: hash(readFileSync(build.path)),
      compiler: build.compiler ?? null,
    },
    image: { bytes: image.bytes, crc32: image.crc32.toString(16).padStart(8, '0'), sha256: hash(bytes) },
    model: {
      name: image.name,
      // A hash of zeros stands for weights that nobody knows.
      checkpointSha256: /^0+$/.test(image.checkpointHash) ? null : image.checkpointHash,
      tokenizer: `${kind} BPE, ${image.shape.vocab} tokens, ${merges.length} merges`,
    },
  };
}
