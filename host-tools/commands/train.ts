// `ternlet train`: make a model from a recipe and a corpus; the trainer is Python (models-tiny/trainer).
import { InvalidArgumentError, Option } from 'commander';
import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { UserError } from '../contracts/errors.ts';
import { packageRoot } from '../toolchain/paths.ts';
import { requireTorch, runTrainer } from '../toolchain/python.ts';
import type { Verb } from './command.ts';
import { parseCount } from './open-model.ts';

function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (/^\d*\.?\d+$/.test(text)) return seconds;
  throw new InvalidArgumentError('A number of seconds is needed.');
}

export const train: Verb = {
  name: 'train',
  declare(command) {
    command
      .argument('<recipe>', 'a recipe (.toml), or the name of a model that has one')
      .option('--data <folder>', 'the folder that holds the corpus', 'data')
      .addOption(
        new Option('--device <device>', 'where to compute; the GPU where there is one, if left out').choices([
          'cpu',
          'cuda',
        ]),
      )
      .option('--steps <n>', "instead of the recipe's", parseCount)
      .option('--out <folder>', 'the folder of the run; build/train/<recipe> if left out')
      .option('--resume', 'go on with the run in that folder')
      .option('--save-every <seconds>', 'time between two saved states', parseSeconds, 120)
      .option('--eval-texts <n>', 'texts that the finished integer model is evaluated on', parseCount, 200)
      .option('--processes <n>', 'GPUs of this machine that train together', parseCount, 1)
      .option('--json', 'print the result as one JSON document')
      .addHelpText('after', '\nExample:\n  ternlet train stories-60k --data ../data --device cpu');
  },
  async run([name = ''], options, io) {
    const recipe = findRecipe(name);
    const python = await requireTorch();
    const given = ['data', 'device', 'steps', 'out', 'saveEvery', 'evalTexts'].flatMap((key) => {
      const value = options[key] as string | number | undefined;
      return value === undefined ? [] : [`--${kebab(key)}`, `${value}`];
    });
    const flags = ['resume', 'json'].flatMap((key) => (options[key] === true ? [`--${key}`] : []));
    const { code, stdout } = await runTrainer({
      python,
      args: [recipe, ...given, ...flags],
      processes: options['processes'] as number,
      cli: ownWords(),
      signal: io.signal,
    });
    io.signal.throwIfAborted();
    if (stdout !== '') await io.write(stdout);
    return code;
  },
};

const kebab = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** The path of a recipe that a person names. */
function findRecipe(name: string): string {
  if (name.endsWith('.toml') || existsSync(name)) return name;
  const home = join(packageRoot(), 'models-tiny', 'trainer', 'recipes');
  const path = join(home, `${name}.toml`);
  if (existsSync(path)) return path;
  const names = readdirSync(home)
    .filter((file) => file.endsWith('.toml'))
    .map((file) => basename(file, '.toml'))
    .sort();
  throw new UserError(
    `there is no recipe "${name}"`,
    `Recipes are ${names.join(', ')}; a .toml file is taken too.`,
  );
}

/** How this command line was started: built, or from source by the loader that runs it now. */
function ownWords(): string[] {
  const extension = import.meta.filename.endsWith('.ts') ? 'ts' : 'js';
  const cli = join(import.meta.dirname, '..', `cli.${extension}`);
  return [process.execPath, ...process.execArgv, cli];
}
