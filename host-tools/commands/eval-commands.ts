// `ternlet eval --commands`: how many spoken commands a model understands.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../contracts/errors.ts';
import { countAnswer, type Accuracy } from '../engines/answer.ts';
import { parseCommands, type Pairs, type SpokenCommand } from '../engines/spoken-command.ts';
import { packageRoot } from '../toolchain/paths.ts';
import type { Io } from './command.ts';
import type { OpenModel } from './open-model.ts';
import { readText } from './read-text.ts';

/** Which device and action each intent of the data is: the trainer's table, which has it from nowhere else. */
export function readPairs(): Pairs {
  const path = join(packageRoot(), 'models-tiny', 'trainer', 'ternlet_trainer', 'intents.json');
  return JSON.parse(readFileSync(path, 'utf8')) as Pairs;
}

/** The first `count` commands of a file. */
export function readCommands(path: string, pairs: Pairs, count?: number): SpokenCommand[] {
  const commands = parseCommands(readText(path), pairs, path).slice(0, count);
  if (commands.length === 0)
    throw new UserError(`${path} holds no commands`, 'Name a file with at least one line.');
  return commands;
}

/** Answers all commands; a result as JSON or as a line. */
export async function evaluateCommands(
  { engine, tokenizer, ids }: OpenModel,
  commands: readonly SpokenCommand[],
  pairs: Pairs,
  json: boolean,
  io: Io,
): Promise<void> {
  const total: Accuracy = { sentences: 0, pairs: 0, all: 0, constrainedPairs: 0, constrainedAll: 0 };
  const model = { engine, tokenizer: tokenizer(), ids };
  for (const command of commands) {
    io.signal.throwIfAborted();
    await countAnswer(total, model, command, pairs);
    io.progress('eval', total.sentences / commands.length);
    await new Promise(setImmediate); // Lets Ctrl-C in.
  }
  const share = (count: number): number => count / total.sentences;
  if (json) {
    const facts = {
      engine: engine.name,
      pairs_exact: share(total.pairs),
      all_exact: share(total.all),
      constrained_pairs_exact: share(total.constrainedPairs),
      constrained_all_exact: share(total.constrainedAll),
      sentences: total.sentences,
    };
    return io.write(`${JSON.stringify(facts)}\n`);
  }
  const percent = (count: number): string => `${(100 * share(count)).toFixed(1)} %`;
  await io.write(
    `device and action right: ${percent(total.pairs)}, values too: ${percent(total.all)}; ` +
      `held to known answers: ${percent(total.constrainedPairs)}, ${percent(total.constrainedAll)} ` +
      `(${engine.name} engine; ${total.sentences} sentences)\n`,
  );
}
