// The likeliest answer to a spoken command, token by token: as a board writes it, or held to what an answer may be.
import { argMax } from '../compiler/sampler.ts';
import { pairOf, ruleOf, separator } from './spoken-command.ts';
import type { Tokenizer } from '../compiler/tokenizer.ts';
import type { Engine } from './engine.ts';
import type { AnswerRule, Pairs, SpokenCommand } from './spoken-command.ts';

/** Tokens after which an answer is cut off; those of the data are far shorter. */
export const answerTokensMax = 96;

/** A model that answers. */
export interface Answerer {
  engine: Engine;
  tokenizer: Tokenizer;
  ids: { bos: number; eos: number };
}

/** How many answers are right: in device and action, and in all; by what a board writes, and by what the rule allows. */
export interface Accuracy {
  sentences: number;
  pairs: number;
  all: number;
  constrainedPairs: number;
  constrainedAll: number;
}

/** Adds one command to the counts. */
export async function countAnswer(
  total: Accuracy,
  model: Answerer,
  command: SpokenCommand,
  pairs: Pairs,
): Promise<void> {
  const held = await answer(model, command.sentence, ruleOf(command.sentence, pairs));
  const free = held.isFree ? held : await answer(model, command.sentence);
  const isRight = (text: string): [number, number] => [
    pairOf(text) === pairOf(command.answer) ? 1 : 0,
    text === command.answer ? 1 : 0,
  ];
  const [pair, all] = isRight(free.text);
  const [constrainedPair, constrainedAll] = isRight(held.text);
  total.sentences += 1;
  total.pairs += pair;
  total.all += all;
  total.constrainedPairs += constrainedPair;
  total.constrainedAll += constrainedAll;
}

/** The answer to a sentence, without the space it begins with; `isFree` where the rule changed nothing. */
export async function answer(
  { engine, tokenizer, ids }: Answerer,
  sentence: string,
  rule?: AnswerRule,
): Promise<{ text: string; isFree: boolean }> {
  const prompt = tokenizer.encode(sentence + separator);
  await engine.reset();
  let last = ids.bos;
  for (const token of prompt) {
    await engine.feed(last);
    last = token;
  }
  let [written, isFree] = ['', true];
  for (let count = 0; count < answerTokensMax; count += 1) {
    const logits = await engine.step(last);
    last = argMax(logits);
    if (rule) {
      const allowed = likeliest(logits, last, (token) => {
        const text = spelling(tokenizer, token);
        return token === ids.eos ? rule.mayEnd(written) : text !== '' && rule.mayBegin(written + text);
      });
      isFree &&= allowed === last;
      if (allowed === undefined) break;
      last = allowed;
    }
    if (last === ids.eos) break;
    written += spelling(tokenizer, last);
  }
  return { text: Buffer.from(written, 'latin1').toString().replace(/^ /, ''), isFree };
}

/** The likeliest token that may be, `best` being the likeliest of all; undefined where there is none. */
function likeliest(logits: Float64Array, best: number, may: (token: number) => boolean): number | undefined {
  if (may(best)) return best;
  const byLogit = [...logits.keys()].sort((a, b) => logits[b]! - logits[a]! || a - b);
  return byLogit.find(may);
}

/** The bytes of a token as Latin-1. */
function spelling(tokenizer: Tokenizer, token: number): string {
  return Buffer.from(tokenizer.vocab[token]!).toString('latin1');
}
