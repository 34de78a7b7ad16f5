// A board to work with, by its open port: an attached one, an emulated one that runs, or an emulated one of this command's own.
import { loadBoard } from '../../boards/board.ts';
import type { Board } from '../../boards/board.ts';
import { DeviceError, UserError } from '../contracts/errors.ts';
import { connectControl } from '../emulators/control.ts';
import type { ControlClient } from '../emulators/control.ts';
import { borrowBoard, canEmulate } from '../emulators/index.ts';
import { runningBoards } from '../emulators/registry.ts';
import type { Port } from '../link/port.ts';
import { choosePort, listPorts } from '../link/ports.ts';
import { openSerialPort } from '../link/serial.ts';
import type { Io } from './command.ts';

export interface OpenBoard {
  readonly name: string;
  readonly board: Board;
  readonly port: Port;
  /** Pins, supply and counts of an emulated board; undefined for an attached one. */
  readonly control: ControlClient | undefined;
  /** Closes the port, and an emulated board that was started for this. */
  close(): Promise<void>;
}

export interface BoardChoice {
  name: string;
  /** Whether a person named the board: the default one is the emulated one, whatever else is attached. */
  named: boolean;
  /** The port that a person named. */
  port: string | undefined;
}

/**
 * Finds the board's port and opens it; starts an emulated board where none is attached.
 * Rejects with a UserError when more than one port fits, and with a DeviceError when there is none or it cannot be opened.
 */
export async function openBoard(choice: BoardChoice, io: Io): Promise<OpenBoard> {
  const board = await loadBoard(choice.name);
  const place = await findPlace(choice, board, io);
  let control: ControlClient | undefined;
  let port: Port;
  try {
    control = place.control === undefined ? undefined : await connectControl(place.control);
    port = await openSerialPort(place.port, { baud: board.console.baud });
  } catch (error) {
    control?.close();
    await place.release();
    throw error;
  }
  return {
    name: choice.name,
    board,
    port,
    control,
    async close() {
      await port.close();
      control?.close();
      await place.release();
    },
  };
}

interface Place {
  port: string;
  control?: string;
  release(): Promise<void>;
}

const nothing = async (): Promise<void> => undefined;

async function findPlace({ name, named, port: asked }: BoardChoice, board: Board, io: Io): Promise<Place> {
  const wanted = asked ?? process.env['TERNLET_PORT'];
  const running = runningBoards();
  if (wanted !== undefined && wanted !== '') {
    const emulated = running.find(({ port }) => port === wanted);
    if (emulated && emulated.board !== name) {
      throw new UserError(
        `${wanted} is an emulated ${emulated.board}, no ${name}`,
        `say --board ${emulated.board}`,
      );
    }
    return { port: wanted, ...(emulated && { control: emulated.control }), release: nothing };
  }
  const ports = await listPorts(running);
  const attachable = named && board.emulator?.only !== true;
  const found = choosePort(attachable ? ports : ports.filter(({ kind }) => kind === 'emulated'), name);
  if (found && found.kind !== 'emulated') return { port: found.path, release: nothing };
  if (canEmulate(board)) return borrowBoard(name, { log: (line) => io.log(line) });
  throw new DeviceError(
    `there is no port that may be ${name}`,
    'attach it, or name its port with --port; ternlet ports lists them',
  );
}
