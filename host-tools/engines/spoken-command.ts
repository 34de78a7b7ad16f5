// What people say to a home assistant, and the answer wanted: device, action and values. The lines of `ternlet eval --commands`.
//
// Twin: models-tiny/trainer/ternlet_trainer/commands.py, which a model learns the same texts from; test/unit/commands.test.ts.
import { UserError } from '../contracts/errors.ts';

/** Between sentence and answer: `turn the lights green => light change: green`. It occurs in no sentence. */
export const separator = ' =>';

export interface SpokenCommand {
  sentence: string;
  /** `device action: value, value`, or `device action`. */
  answer: string;
}

/** Intent → `device action`. */
export type Pairs = Readonly<Record<string, string>>;

const hint = 'A line is: sentence <TAB> intent <TAB> slot=value; slot=value (the third may be empty).';

/** The commands of a text, in lower case: a line `sentence <TAB> intent <TAB> slot=value; slot=value` each. `path` is for refusals. */
export function parseCommands(text: string, pairs: Pairs, path: string): SpokenCommand[] {
  return text.split('\n').flatMap((line, i) => {
    if (line === '') return [];
    const refuse = (found: string): never => {
      throw new UserError(`${path}, line ${i + 1}: ${found}`, hint);
    };
    return [parseLine(line.toLowerCase(), pairs, refuse)];
  });
}

function parseLine(line: string, pairs: Pairs, refuse: (found: string) => never): SpokenCommand {
  const fields = line.split('\t');
  const [sentence, intent, slots] = fields;
  if (sentence === undefined || intent === undefined || slots === undefined || fields.length > 3)
    return refuse(`${fields.length} fields; 3 are needed`);
  if (sentence.trim() === '') refuse('the sentence is empty');
  if (sentence.includes(separator)) refuse(`the sentence holds ${separator.trim()}, which begins the answer`);
  const pair = Object.hasOwn(pairs, intent) ? pairs[intent] : undefined;
  if (pair === undefined) return refuse(`the intent ${intent} is not known`);
  let at = 0;
  const values = (slots === '' ? [] : slots.split('; ')).map((slot) => {
    const value = slot.slice(slot.indexOf('=') + 1);
    if (!slot.includes('=') || value === '') refuse(`${slot} is no slot=value`);
    const begin = sentence.indexOf(value, at);
    if (begin < 0) refuse(`the value ${value} is not in the sentence, or not after the value before it`);
    at = begin + value.length;
    return value;
  });
  return { sentence, answer: values.length === 0 ? pair : `${pair}: ${values.join(', ')}` };
}

/** Device and action of an answer. */
export function pairOf(answer: string): string {
  return answer.split(':', 1)[0]!;
}

/**
 * What an answer to a sentence may be: a known pair, then values, each whole words of the sentence, one after the other.
 * Texts here are bytes as Latin-1, and an answer begins with the space that follows the separator.
 */
export interface AnswerRule {
  /** Whether an answer may begin so. */
  mayBegin(text: string): boolean;
  /** Whether that may be all of it. */
  mayEnd(text: string): boolean;
}

/** The rule of one sentence. */
export function ruleOf(sentence: string, pairs: Pairs): AnswerRule {
  const said = Buffer.from(sentence).toString('latin1');
  const known = Object.values(pairs).map((pair) => ` ${pair}`);
  return {
    mayBegin(text) {
      const [pair, rest] = splitAnswer(text);
      if (rest === undefined) return known.some((one) => one.startsWith(pair));
      if (!known.includes(pair)) return false;
      if (rest === '') return true;
      if (!rest.startsWith(' ')) return false;
      const values = rest.slice(1).split(', ');
      const last = values.pop()!;
      const at = takeValues(said, values);
      if (at < 0) return false;
      // A comma is the first half of what comes before another value.
      if (last.endsWith(',')) return takeValues(said, [last.slice(0, -1)], at) >= 0;
      return !last.includes(',') && findWords(said, last, at, false) >= 0;
    },
    mayEnd(text) {
      const [pair, rest] = splitAnswer(text);
      if (!known.includes(pair)) return false;
      return rest === undefined || (rest.startsWith(' ') && takeValues(said, rest.slice(1).split(', ')) >= 0);
    },
  };
}

function splitAnswer(text: string): [pair: string, rest: string | undefined] {
  const colon = text.indexOf(':');
  return colon < 0 ? [text, undefined] : [text.slice(0, colon), text.slice(colon + 1)];
}

/** Where the last of some values ends, each the first whole words that follow the one before; −1 where one is not there. */
function takeValues(said: string, values: readonly string[], from = 0): number {
  let at = from;
  for (const value of values) {
    const begin = value === '' || value.includes(',') ? -1 : findWords(said, value, at, true);
    if (begin < 0) return -1;
    at = begin + value.length;
  }
  return at;
}

/** Where text stands in a sentence from a place on, beginning where a word does and, if `whole`, ending where one does; −1: nowhere. */
function findWords(said: string, text: string, from: number, whole: boolean): number {
  for (let at = from; at < said.length; at += 1) {
    at = said.indexOf(text, at);
    if (at < 0 || at === said.length) return -1; // An empty text is found at the end too.
    const begins = said[at] !== ' ' && (at === 0 || said[at - 1] === ' ');
    if (begins && !(whole && isLetter(said[at + text.length]))) return at;
  }
  return -1;
}

/** A letter, a digit or a byte of a character past ASCII. */
function isLetter(character: string | undefined): boolean {
  return character !== undefined && /[a-z0-9\x80-\xff]/i.test(character);
}
