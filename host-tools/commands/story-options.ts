// The options of a story that the device obeys, the same for every verb that has one written.
import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import { generateLimits, maxTokensDefault } from '../contracts/link.ts';

export interface StoryOptions {
  /** Tokens to write at most. */
  maxTokens: number;
  /** Thousandths; 0 is greedy. */
  temperatureMilli: number;
  /** 0 is off. */
  topK: number;
  /** Thousandths; 1000 is off. */
  topPMilli: number;
  /** 32 bits. */
  seed: number;
}

function wholeNumber(low: number, high: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= low && value <= high) return value;
    throw new InvalidArgumentError(`A whole number from ${low} to ${high} is needed.`);
  };
}

/** A decimal number as thousandths: the device knows no fractions. */
function thousandths(low: number, high: number): (text: string) => number {
  return (text) => {
    const value = Number(text) * 1000;
    if (
      /^\d*\.?\d+$/.test(text) &&
      value >= low &&
      value <= high &&
      Math.abs(value - Math.round(value)) < 1e-6
    )
      return Math.round(value);
    throw new InvalidArgumentError(
      `A number from ${low / 1000} to ${high / 1000} with at most three decimals is needed.`,
    );
  };
}

const u32 = 2 ** 32 - 1;

/** An option whose default is said as a person would give it. */
function option(
  flags: string,
  what: string,
  parse: (text: string) => number,
  preset: number,
  said: string,
): Option {
  return new Option(flags, what).argParser(parse).default(preset, said);
}

/** Declares `--max-tokens --temperature --top-k --top-p --seed`. */
export function addStoryOptions(command: Command): Command {
  const { max_tokens_max, temperature_milli_max, top_p_milli_max } = generateLimits;
  const options = [
    option(
      '--max-tokens <n>',
      'tokens to write at most',
      wholeNumber(1, max_tokens_max),
      maxTokensDefault,
      String(maxTokensDefault),
    ),
    option(
      '--temperature <t>',
      'how freely to choose',
      thousandths(0, temperature_milli_max),
      0,
      '0: always the likeliest',
    ),
    option('--top-k <k>', 'choose among the k likeliest only', wholeNumber(0, 65535), 0, '0: off'),
    option(
      '--top-p <p>',
      'choose among the likeliest that make up p',
      thousandths(1, top_p_milli_max),
      1000,
      '1: off',
    ),
    option('--seed <n>', 'where the dice start', wholeNumber(0, u32), 1, '1'),
  ];
  return options.reduce((declared, one) => declared.addOption(one), command);
}

/** What was declared, as commander has parsed it. */
export function storyOptionsOf(options: Readonly<Record<string, unknown>>): StoryOptions {
  return {
    maxTokens: options['maxTokens'] as number,
    temperatureMilli: options['temperature'] as number,
    topK: options['topK'] as number,
    topPMilli: options['topP'] as number,
    seed: options['seed'] as number,
  };
}
