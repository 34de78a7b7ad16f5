// `ternlet models`: the models that are shipped.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readCheckpoint } from '../compiler/checkpoint.ts';
import { packageRoot } from '../toolchain/paths.ts';
import type { Verb } from './command.ts';

/** What models-tiny/<name>/model.json says; the README beside it has the whole story. */
interface ModelCard {
  title: string;
  licence: string;
}

interface ShippedModel extends ModelCard {
  name: string;
  layers: number;
  hidden: number;
  vocabulary: number;
  checkpoint_bytes: number;
}

export const models: Verb = {
  name: 'models',
  declare(command) {
    command.option('--json', 'print one JSON document').addHelpText('after', '\nExample:\n  ternlet models');
  },
  async run(_args, options, io) {
    const list = shippedModels();
    if (options['json']) return io.write(`${JSON.stringify({ models: list })}\n`);
    const width = Math.max(...list.map((model) => model.name.length));
    for (const model of list) {
      const shape = `${model.layers} layers of ${model.hidden}, ${model.vocabulary} tokens`;
      await io.write(`${model.name.padEnd(width)}  ${model.title}; ${shape}; ${model.licence}\n`);
    }
  },
};

function shippedModels(): ShippedModel[] {
  const home = join(packageRoot(), 'models-tiny');
  const names = readdirSync(home).filter((name) => existsSync(join(home, name, 'model.json')));
  return names.sort().map((name) => {
    const folder = join(home, name);
    const { title, licence } = JSON.parse(readFileSync(join(folder, 'model.json'), 'utf8')) as ModelCard;
    const checkpoint = readCheckpoint(folder);
    const { layers, hiddenSize, vocabSize } = checkpoint.config;
    const checkpointBytes = checkpoint.files().reduce((sum, file) => sum + file.bytes, 0);
    return {
      name,
      title,
      licence,
      layers,
      hidden: hiddenSize,
      vocabulary: vocabSize,
      checkpoint_bytes: checkpointBytes,
    };
  });
}
