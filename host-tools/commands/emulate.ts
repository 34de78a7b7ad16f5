// `ternlet emulate`: an emulated board that runs until Ctrl-C.
import { defaultBoard } from '../../boards/board.ts';
import { startBoard } from '../emulators/index.ts';
import type { Verb } from './command.ts';

export const emulate: Verb = {
  name: 'emulate',
  declare(command) {
    command
      .argument('[board]', 'which board', defaultBoard)
      .option(
        '--json',
        'print {"board": …, "port": …} as the first line, then what happens to the board, a line each',
      )
      .addHelpText('after', '\nExample:\n  ternlet emulate stm32f405');
  },
  async run([name = defaultBoard], options, io) {
    const json = options['json'] === true;
    const board = await startBoard(name, { log: (line) => io.log(line) });
    try {
      const { port, control } = board;
      await io.write(json ? `${JSON.stringify({ board: name, port, control })}\n` : `${port}\n`);
      if (json) {
        board.subscribe((event) => void io.write(`${JSON.stringify(event)}\n`).catch(() => undefined));
      } else {
        io.log(`An emulated ${name} is at the port above; Ctrl-C ends it.`);
        board.status().notes.forEach((note) => io.log(note));
      }
      await new Promise<void>((resolve) => {
        if (io.signal.aborted) resolve();
        io.signal.addEventListener('abort', () => resolve(), { once: true });
      });
    } finally {
      await board.close();
    }
  },
};
