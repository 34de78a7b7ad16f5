// A device that holds a model and listens: board found and flashed, or the host device started, and a session open.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadBoard } from '../../boards/board.ts';
import type { Board } from '../../boards/board.ts';
import { DeviceError, UserError } from '../contracts/errors.ts';
import type { ControlClient } from '../emulators/control.ts';
import type { Identity } from '../link/events.ts';
import type { Port } from '../link/port.ts';
import { openProcess } from '../link/process.ts';
import { openSession } from '../link/session.ts';
import type { Session } from '../link/session.ts';
import { openWasmDevice } from '../link/wasm-device.ts';
import { buildFirmware, buildNative, buildWasm } from '../toolchain/firmware-build.ts';
import type { Build } from '../toolchain/firmware-build.ts';
import { hostProcess } from './board-options.ts';
import { openBoard } from './board-port.ts';
import type { BoardChoice } from './board-port.ts';
import type { Io } from './command.ts';
import { flashBoard } from './flash-board.ts';
import { modelImage } from './model-image.ts';
import type { ModelImage } from './model-image.ts';

/** What the device's C was compiled to for this computer. */
export type HostForm = 'WebAssembly' | 'a native process';

export interface ModelDevice {
  readonly name: string;
  readonly board: Board;
  readonly port: Port;
  readonly session: Session;
  readonly identity: Identity;
  readonly model: ModelImage;
  /** What runs on it. */
  readonly build: Build;
  /** What the host board is here; undefined for others. */
  readonly hostForm: HostForm | undefined;
  /** Pins, supply and counts where the board is emulated. */
  readonly control: ControlClient | undefined;
  /** Ends the session, closes the port and what was started for it. */
  close(): Promise<void>;
}

/**
 * Opens a board with a model. What it lacks is flashed; the host board gets the image as it starts.
 * Rejects with a UserError for a model or a port that is not there, with a DeviceError where the board fails.
 */
export async function openModelDevice(
  choice: BoardChoice,
  model: string | undefined,
  io: Io,
): Promise<ModelDevice> {
  const board = await loadBoard(choice.name);
  const image = await modelImage(model, choice.name, board, io.signal);
  if (board.chip === 'host') return openHost(choice, board, image, io);
  const target = await openBoard(choice, io); // Before the build, so that a wrong port is told at once.
  try {
    const build = await buildFirmware(choice.name, { signal: io.signal });
    await flashBoard(target, { path: build.binPath, buildId: build.buildId }, image.bytes, io);
    const session = await openSession(target.port);
    const identity = await session.identify();
    return {
      ...{ name: choice.name, board, port: target.port, session, identity, model: image, build },
      ...{ control: target.control, hostForm: undefined },
      async close() {
        await session.close();
        await target.close();
      },
    };
  } catch (error) {
    await target.close();
    throw error;
  }
}

export interface HostDevice {
  readonly port: Port;
  readonly build: Build;
  readonly form: HostForm;
  close(): Promise<void>;
}

/** The host device as a port, without a session. Rejects with a UserError for a serial port, which it has none of. */
export async function openHostDevice(
  { name, port: asked }: BoardChoice,
  board: Board,
  image: ModelImage,
  io: Io,
): Promise<HostDevice> {
  if (asked === hostProcess) return openNative(image, io.signal);
  if (asked !== undefined) {
    throw new UserError(
      `${name} has no serial port; "${hostProcess}" is allowed, found is ${asked}`,
      `leave --port out for WebAssembly, or say --port ${hostProcess} for a native process`,
    );
  }
  const build = await buildWasm({
    signal: io.signal,
    started: () => io.log('The host device is compiled; this is done once.'),
  });
  const port = await openWasmDevice(readFileSync(build.path), image.bytes, board.memory.ram.bytes);
  return { port, build, form: 'WebAssembly', close: () => port.close() };
}

/** The process reads its image from a file, again at each reset: the file stays as long as the process. */
async function openNative({ bytes }: ModelImage, signal: AbortSignal): Promise<HostDevice> {
  const build = await buildNative({ signal });
  const folder = mkdtempSync(join(tmpdir(), 'ternlet-'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  process.once('exit', remove);
  const path = join(folder, 'image.tern');
  writeFileSync(path, bytes);
  const port = openProcess(build.path, path);
  return {
    ...{ port, build, form: 'a native process' },
    async close() {
      await port.close();
      process.off('exit', remove);
      remove();
    },
  };
}

async function openHost(choice: BoardChoice, board: Board, image: ModelImage, io: Io): Promise<ModelDevice> {
  const { name } = choice;
  const device = await openHostDevice(choice, board, image, io);
  const { port, build, form } = device;
  try {
    const session = await openSession(port);
    const identity = await session.identify();
    if (!identity.image) throw new DeviceError(`${name} refuses the image: ${identity.imageStatus.words}`);
    return {
      ...{ name, board, port, session, identity, model: image, build, hostForm: form, control: undefined },
      async close() {
        await session.close();
        await device.close();
      },
    };
  } catch (error) {
    await device.close();
    throw error;
  }
}
