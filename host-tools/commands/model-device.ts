// A device that holds a model and listens: board found and flashed, or the host device started, and a session open.
import { readFileSync } from 'node:fs';
import { loadBoard } from '../../boards/board.ts';
import type { Board } from '../../boards/board.ts';
import { DeviceError } from '../contracts/errors.ts';
import type { ControlClient } from '../emulators/control.ts';
import type { Identity } from '../link/events.ts';
import type { Port } from '../link/port.ts';
import { openSession } from '../link/session.ts';
import type { Session } from '../link/session.ts';
import { openWasmDevice } from '../link/wasm-device.ts';
import { buildFirmware, buildWasm } from '../toolchain/firmware-build.ts';
import type { Build } from '../toolchain/firmware-build.ts';
import { openBoard } from './board-port.ts';
import type { BoardChoice } from './board-port.ts';
import type { Io } from './command.ts';
import { flashBoard } from './flash-board.ts';
import { modelImage } from './model-image.ts';
import type { ModelImage } from './model-image.ts';

export interface ModelDevice {
  readonly name: string;
  readonly board: Board;
  readonly port: Port;
  readonly session: Session;
  readonly identity: Identity;
  readonly model: ModelImage;
  /** What runs on it. */
  readonly build: Build;
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
  const image = await modelImage(model, choice.name, board);
  if (board.chip === 'host') return openHost(choice.name, board, image, io);
  const build = await buildFirmware(choice.name);
  const target = await openBoard(choice, io);
  try {
    await flashBoard(target, { path: build.binPath, buildId: build.buildId }, image.bytes, io);
    const session = await openSession(target.port);
    const identity = await session.identify();
    return {
      ...{ name: choice.name, board, port: target.port, session, identity, model: image, build },
      control: target.control,
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

/** The host device as a port, without a session. */
export async function openHostPort(
  board: Board,
  image: ModelImage,
  io: Io,
): Promise<{ port: Port; build: Build }> {
  const build = await buildWasm({
    started: () => io.log('The host device is compiled; this is done once.'),
  });
  const port = await openWasmDevice(readFileSync(build.path), image.bytes, board.memory.ram.bytes);
  return { port, build };
}

async function openHost(name: string, board: Board, image: ModelImage, io: Io): Promise<ModelDevice> {
  const { port, build } = await openHostPort(board, image, io);
  const session = await openSession(port);
  const identity = await session.identify();
  if (!identity.image) throw new DeviceError(`${name} refuses the image: ${identity.imageStatus.words}`);
  return {
    ...{ name, board, port, session, identity, model: image, build, control: undefined },
    async close() {
      await session.close();
      await port.close();
    },
  };
}
