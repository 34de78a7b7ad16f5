// `ternlet generate`: stream the continuation of a prompt from a board.
import { InvalidArgumentError } from 'commander';
import type { DoneEvent, TokenEvent } from '../link/events.ts';
import type { Evidence } from '../measure/figure.ts';
import { addBoardOptions, boardChoiceOf } from './board-options.ts';
import type { Io, Verb } from './command.ts';
import { openModelDevice } from './model-device.ts';
import { readPrompt } from './prompt.ts';
import { createStopText } from './stop-text.ts';
import { clockOf } from './story-device.ts';
import { addStoryOptions, storyOptionsOf } from './story-options.ts';
import { generationError } from './story-writer.ts';

function collectStop(text: string, before: readonly string[]): string[] {
  if (text === '') throw new InvalidArgumentError('An empty string is found everywhere.');
  return [...before, text];
}

/** Where events go: plain text, or one JSON document a line. */
interface Printer {
  token(event: TokenEvent): Promise<{ stop: boolean }>;
  done(event: DoneEvent, stopped: boolean): Promise<void>;
}

function textPrinter(stops: readonly string[], io: Io): Printer {
  const filter = createStopText(stops);
  return {
    async token({ text }) {
      const { text: shown, found } = filter.take(text);
      if (shown.length > 0) await io.write(shown);
      return { stop: found };
    },
    async done(_, stopped) {
      if (!stopped) await io.write(filter.rest());
      await io.write('\n');
    },
  };
}

function jsonPrinter(stops: readonly string[], evidence: Evidence, io: Io): Printer {
  const filter = createStopText(stops);
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  const print = (facts: object): Promise<void> => io.write(`${JSON.stringify(facts)}\n`);
  return {
    async token(event) {
      await print({
        type: 'token',
        index: event.index,
        phase: event.phase,
        token: event.output ?? null,
        text: decoder.decode(event.text, { stream: true }),
        device_time_us: event.timeUs,
        step_us: event.stepUs,
        evidence,
      });
      return { stop: filter.take(event.text).found };
    },
    done: (event, stopped) =>
      print({
        type: 'done',
        reason: stopped ? 'stop_text' : event.reason,
        prompt_tokens: event.promptTokens,
        tokens: event.newTokens,
      }),
  };
}

export const generate: Verb = {
  name: 'generate',
  declare(command) {
    command
      .argument('<prompt>', 'what the text begins with; - reads it from standard input')
      .option(
        '--model <model>',
        'a shipped name, a checkpoint folder or a .tern file; the shipped story model if left out',
      );
    addStoryOptions(addBoardOptions(command, true))
      .option('--stop <text>', 'end before this text; may be given several times', collectStop, [])
      .option('--json', 'print one JSON document a token, with device time')
      .addHelpText(
        'after',
        '\nExample:\n  ternlet generate "Once upon a time" --max-tokens 60 --temperature 0.8 --seed 7',
      );
  },
  async run([given = ''], options, io) {
    const prompt = await readPrompt(given);
    const stops = options['stop'] as string[];
    const device = await openModelDevice(boardChoiceOf(options), options['model'] as string | undefined, io);
    try {
      const { evidence } = clockOf(device);
      const printer = options['json'] === true ? jsonPrinter(stops, evidence, io) : textPrinter(stops, io);
      const stopper = new AbortController();
      const signal = AbortSignal.any([io.signal, stopper.signal]);
      for await (const event of device.session.generate({ text: prompt }, storyOptionsOf(options), signal)) {
        if (event.kind === 'done') {
          if (event.reason === 'error') throw generationError(event, prompt);
          await printer.done(event, stopper.signal.aborted);
        } else if (event.kind === 'token' && !stopper.signal.aborted) {
          // Tokens that were under way when the stop text was found are not shown.
          if ((await printer.token(event)).stop) stopper.abort();
        }
      }
    } finally {
      await device.close();
    }
  },
};
