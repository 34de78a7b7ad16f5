// Which board, the same for every verb that works with one: `--board` and `--port`.
import type { Command } from 'commander';
import { defaultBoard } from '../../boards/board.ts';
import type { BoardChoice } from './board-port.ts';

/** What stands for a port of the host board: a native process in place of WebAssembly. */
export const hostProcess = 'process';

/** Declares `--board --port`; `takesHost` where the host board will do as well. */
export function addBoardOptions(command: Command, takesHost: boolean): Command {
  const process = takesHost ? `; "${hostProcess}": the host board as a native process` : '';
  return command
    .option(
      '--board <name>',
      `which board (default: the emulated ${defaultBoard}; --board ${defaultBoard} takes an attached one)`,
    )
    .option(
      '-p, --port <path>',
      `its serial port; found if left out (TERNLET_PORT names one as well)${process}`,
    );
}

/** What was declared, as commander has parsed it. */
export function boardChoiceOf(options: Readonly<Record<string, unknown>>): BoardChoice {
  const named = options['board'] as string | undefined;
  return {
    name: named ?? defaultBoard,
    named: named !== undefined,
    port: options['port'] as string | undefined,
  };
}
