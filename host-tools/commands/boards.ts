// `ternlet boards`: the boards that are known.
import { boardNames, defaultBoard, loadBoard } from '../../boards/board.ts';
import type { Verb } from './command.ts';

export const boards: Verb = {
  name: 'boards',
  declare(command) {
    command.option('--json', 'print one JSON document').addHelpText('after', '\nExample:\n  ternlet boards');
  },
  async run(_args, options, io) {
    const names = boardNames();
    const list = await Promise.all(names.map(async (name) => ({ name, ...(await loadBoard(name)) })));
    if (options['json']) {
      const described = list.map((board) => ({
        name: board.name,
        default: board.name === defaultBoard,
        title: board.title,
        chip: board.chip,
        kernels: board.kernels,
        clock_hz: board.clockHz,
        flash_bytes: board.memory.flash.bytes,
        ram_bytes: board.memory.ram.bytes,
        image_bytes_max: board.flashMap.image.bytes,
        emulator: board.emulator?.program ?? null,
      }));
      return io.write(`${JSON.stringify({ boards: described })}\n`);
    }
    const width = Math.max(...names.map((name) => name.length));
    for (const board of list) {
      const memory = `${kib(board.memory.flash.bytes)} flash, ${kib(board.memory.ram.bytes)} RAM`;
      const notes = [
        board.emulator &&
          (board.emulator.only ? 'emulated' : `emulated (--board ${board.name} takes an attached one)`),
        board.name === defaultBoard && 'default',
      ];
      const line = [board.title, memory, ...notes.filter(Boolean)].join('; ');
      await io.write(`${board.name.padEnd(width)}  ${line}\n`);
    }
  },
};

function kib(bytes: number): string {
  return `${bytes / 1024} KB`;
}
