// `ternlet models`: the models that are shipped, with the size of their images and the boards that they fit.
import { join } from 'node:path';
import { boardNames, loadBoard } from '../../boards/board.ts';
import { shippedModels } from '../compiler/model-source.ts';
import { packageRoot } from '../toolchain/paths.ts';
import type { Verb } from './command.ts';
import { compileModel } from './compile-model.ts';
import { fitOf } from './fit.ts';

interface ListedModel {
  name: string;
  default: boolean;
  title: string;
  licence: string;
  layers: number;
  hidden: number;
  vocabulary: number;
  /** For each board that it fits, the bytes of its image. */
  image_bytes: Record<string, number>;
}

export const models: Verb = {
  name: 'models',
  declare(command) {
    command.option('--json', 'print one JSON document').addHelpText('after', '\nExample:\n  ternlet models');
  },
  async run(_args, options, io) {
    const list = await listModels(io.signal);
    if (options['json']) return io.write(`${JSON.stringify({ models: list })}\n`);
    const width = Math.max(...list.map((model) => model.name.length));
    for (const model of list) {
      const shape = `${model.layers} layers of ${model.hidden}, ${model.vocabulary} tokens`;
      const kib = Math.ceil(Math.max(...Object.values(model.image_bytes)) / 1024);
      const fits = `image of ${kib} KB fits ${Object.keys(model.image_bytes).join(', ')}`;
      const parts = [model.title, shape, fits, model.licence, ...(model.default ? ['default'] : [])];
      await io.write(`${model.name.padEnd(width)}  ${parts.join('; ')}\n`);
    }
  },
};

async function listModels(signal: AbortSignal): Promise<ListedModel[]> {
  const home = join(packageRoot(), 'models-tiny');
  const boards = await Promise.all(
    boardNames().map(async (name) => ({ name, board: await loadBoard(name) })),
  );
  return Promise.all(
    [...shippedModels(home)].map(async ([name, card]) => {
      const listed: ListedModel = { name, ...card, layers: 0, hidden: 0, vocabulary: 0, image_bytes: {} };
      for (const { name: boardName, board } of boards) {
        await new Promise(setImmediate); // Lets Ctrl-C in.
        signal.throwIfAborted();
        // What `auto` takes for every shipped model, without the time that choosing takes.
        const how = { weights: 't5', embedding: 8, tableBytes: board.tableBytes } as const;
        const { image } = await compileModel({ kind: 'checkpoint', folder: join(home, name) }, how);
        const { layers, hidden, vocab: vocabulary } = image.shape;
        Object.assign(listed, { layers, hidden, vocabulary });
        if (fitOf(image, board).fits) listed.image_bytes[boardName] = image.bytes;
      }
      return listed;
    }),
  );
}
