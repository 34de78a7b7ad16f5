// `ternlet eval`: how well a model predicts a text.
import { UserError } from '../contracts/errors.ts';
import {
  bitsPerByte,
  perplexity,
  predictStory,
  splitStories,
  type Prediction,
} from '../engines/bits-per-byte.ts';
import type { Verb } from './command.ts';
import { engineOption, openModel, parseCount } from './open-model.ts';
import { readText } from './read-text.ts';

export const evaluate: Verb = {
  name: 'eval',
  declare(command) {
    command
      .argument('[model]', 'shipped name, checkpoint folder or .tern file (default: the shipped story model)')
      .requiredOption('--text <file>', 'text, or .gz of one; a line <|endoftext|> ends each story')
      .addOption(engineOption())
      .option('--stories <n>', 'only the first n stories', parseCount)
      .option('--json', 'print one JSON document')
      .addHelpText('after', '\nExample:\n  ternlet eval stories-mlgru-s --text stories.txt --engine float');
  },
  async run([name], options, io) {
    const path = options['text'] as string;
    const all = splitStories(readText(path));
    const stories = all.slice(0, (options['stories'] as number | undefined) ?? all.length);
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
