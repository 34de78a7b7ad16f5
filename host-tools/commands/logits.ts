// `ternlet logits`: the logits after each of some tokens, for comparing with other implementations.
import { UserError } from '../contracts/errors.ts';
import { argMax } from '../compiler/sampler.ts';
import type { Verb } from './command.ts';
import { engineOption, openModel } from './open-model.ts';

export const logits: Verb = {
  name: 'logits',
  declare(command) {
    command
      .argument('[model]', 'shipped name, checkpoint folder or .tern file (default: the shipped story model)')
      .requiredOption('--tokens <ids>', 'token ids, parted by commas; no start token is added')
      .addOption(engineOption())
      .option('--json', 'print one JSON document with all logits')
      .addHelpText(
        'after',
        '\nExample:\n  ternlet logits stories-60k --tokens 0,254,269 --engine float --json',
      );
  },
  async run([name], options, io) {
    const { engine } = await openModel(name, options['engine'] as string, io.signal);
    try {
      const tokens = parseTokens(options['tokens'] as string, engine.vocabSize);
      await engine.reset();
      const rows: number[][] = [];
      for (const [position, token] of tokens.entries()) {
        await new Promise(setImmediate); // Lets Ctrl-C in.
        io.signal.throwIfAborted();
        const row = await engine.step(token);
        if (options['json']) rows.push([...row]);
        else await io.write(describe(position, token, row));
      }
      if (options['json']) await io.write(`${JSON.stringify({ engine: engine.name, logits: rows })}\n`);
    } finally {
      await engine.close();
    }
  },
};

function parseTokens(text: string, vocabSize: number): number[] {
  return text.split(',').map((word) => {
    const token = /^\s*\d+\s*$/.test(word) ? Number(word) : NaN;
    if (token < vocabSize) return token;
    throw new UserError(
      `"${word}" is no token of this model`,
      `Tokens are whole numbers from 0 to ${vocabSize - 1}, parted by commas: --tokens 0,1,2.`,
    );
  });
}

function describe(position: number, token: number, row: Float64Array): string {
  const best = argMax(row);
  return `position ${position}, token ${token}: best next token ${best}, logit ${row[best]!.toFixed(4)}\n`;
}
