// `ternlet flash`: bring a firmware and a model onto a board, writing only what differs.
import { loadBoard } from '../../boards/board.ts';
import { flashers } from '../flashers/index.ts';
import { UserError } from '../contracts/errors.ts';
import { buildFirmware } from '../toolchain/firmware-build.ts';
import { addBoardOptions, boardChoiceOf } from './board-options.ts';
import { openBoard } from './board-port.ts';
import type { Verb } from './command.ts';
import { flashBoard } from './flash-board.ts';
import { modelImage } from './model-image.ts';

export const flash: Verb = {
  name: 'flash',
  declare(command) {
    command.argument(
      '[model]',
      'a shipped name, a checkpoint folder or a .tern file; the shipped story model if left out',
    );
    addBoardOptions(command, false)
      .option('--json', 'print one JSON document')
      .addHelpText('after', '\nExample:\n  ternlet flash stories-60k --board stm32f405 --port /dev/ttyUSB0');
  },
  async run([model], options, io) {
    const choice = boardChoiceOf(options);
    const { name } = choice;
    const board = await loadBoard(name);
    if (!flashers[board.flasher]) {
      throw new UserError(
        `${name} is not flashed: its program gets the image when it starts`,
        `say: ternlet generate --board ${name}`,
      );
    }
    const { bytes, image } = await modelImage(model, name, board, io.signal);
    const target = await openBoard(choice, io); // Before the build, so that a wrong port is told at once.
    try {
      const { binPath, buildId } = await buildFirmware(name, { signal: io.signal });
      const done = await flashBoard(target, { path: binPath, buildId }, bytes, io);
      const { port } = target;
      if (options['json'] === true) {
        const parts = { firmware: done.firmware, image: done.image };
        const facts = {
          board: name,
          port: port.path,
          model: image.name,
          image_bytes: bytes.length,
          build_id: buildId,
        };
        await io.write(`${JSON.stringify({ ...facts, ...parts })}\n`);
        return;
      }
      io.log(`${name} at ${port.path}: firmware ${buildId} ${said[done.firmware]}`);
      io.log(`${name} at ${port.path}: ${image.name}, ${bytes.length} bytes, ${said[done.image]}`);
    } finally {
      await target.close();
    }
  },
};

const said = { written: 'written and verified', equal: 'is there already' } as const;
