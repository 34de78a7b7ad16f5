// `ternlet eval`: how well a model predicts a text, or answers commands.
import { Option } from 'commander';
import { UserError } from '../contracts/errors.ts';
import {
  bitsPerByte,
  cutStory,
  perplexity,
  predictStory,
  splitStories,
  type Prediction,
} from '../engines/bits-per-byte.ts';
import type { Io, Verb } from './command.ts';
import { evaluateCommands, readCommands, readPairs } from './eval-commands.ts';
import { engineOption, openModel, parseCount } from './open-model.ts';
import { readText } from './read-text.ts';

export const evaluate: Verb = {
  name: 'eval',
  declare(command) {
    command
      .argument('[model]', 'shipped name, checkpoint folder or .tern file (default: the shipped story model)')
      .option('--text <file>', 'text, or .gz of one; a line <|endoftext|> ends each story')
      .addOption(
        new Option(
          '--commands <file>',
          'instead: spoken commands, with what is right (.tsv, .tsv.gz)',
        ).conflicts('text'),
      )
      .addOption(engineOption())
      .option('--stories <n>', 'only the first n stories or commands', parseCount)
      .option('--characters <n>', 'of each story only the first n; a cut one has no end', parseCount)
      .option('--json', 'print one JSON document')
      .addHelpText('after', '\nExample:\n  ternlet eval stories-60k --text stories.txt --engine float')
      .hook('preAction', () => {
        if (command.opts()['text'] === undefined && command.opts()['commands'] === undefined)
          command.error("error: required option '--text <file>' or '--commands <file>' not specified");
      });
  },
  async run([name], options, io) {
    if (options['commands'] !== undefined) return runCommands(name, options, io);
    const path = options['text'] as string;
    const all = splitStories(readText(path));
    const characters = (options['characters'] as number | undefined) ?? Infinity;
    const stories = all
      .slice(0, (options['stories'] as number | undefined) ?? all.length)
      .map((story) => cutStory(story, characters));
    if (stories.length === 0)
      throw new UserError(`${path} holds no text`, 'Name a file with at least one story.');
    const { engine, tokenizer, ids } = await openModel(name, options['engine'] as string, io.signal);
    const total: Prediction = { nats: 0, bytes: 0, tokens: 0 };
    try {
      for (const [index, story] of stories.entries()) {
        io.signal.throwIfAborted();
        const one = await predictStory(engine, tokenizer(), ids, story);
        total.nats += one.nats;
        total.bytes += one.bytes;
        total.tokens += one.tokens;
        io.progress('eval', (index + 1) / stories.length);
        await new Promise(setImmediate); // Lets Ctrl-C in.
      }
    } finally {
      await engine.close();
    }
    if (options['json']) {
      const facts = {
        engine: engine.name,
        bits_per_byte: bitsPerByte(total),
        perplexity: perplexity(total),
        bytes: total.bytes,
        tokens: total.tokens,
        stories: stories.length,
      };
      return io.write(`${JSON.stringify(facts)}\n`);
    }
    const size = `${stories.length} stories, ${total.bytes} bytes, ${total.tokens} tokens`;
    await io.write(
      `${bitsPerByte(total).toFixed(4)} bits per byte, perplexity ${perplexity(total).toFixed(3)} per token (${engine.name} engine; ${size})\n`,
    );
  },
};

async function runCommands(
  name: string | undefined,
  options: Readonly<Record<string, unknown>>,
  io: Io,
): Promise<void> {
  const pairs = readPairs();
  const count = options['stories'] as number | undefined;
  const commands = readCommands(options['commands'] as string, pairs, count);
  const model = await openModel(name, options['engine'] as string, io.signal);
  try {
    await evaluateCommands(model, commands, pairs, options['json'] === true, io);
  } finally {
    await model.engine.close();
  }
}
