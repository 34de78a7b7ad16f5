// How well an engine predicts a text: bits per byte and perplexity, one story at a time. Definition: docs of `ternlet eval`.
import type { Tokenizer } from '../compiler/tokenizer.ts';
import type { Engine } from './engine.ts';

/** A line of its own that ends a story; its bytes are no text. */
export const storyEnd = '<|endoftext|>';

export interface Story {
  text: string;
  /** Whether its end is predicted too; the last one of a file may lack it. */
  ended: boolean;
}

export interface Prediction {
  /** Σ −ln p over all tokens. */
  nats: number;
  /** Bytes of the stories, and one for each story's end. */
  bytes: number;
  /** Tokens that were predicted, the ends among them. */
  tokens: number;
}

/** Cuts a text at its `<|endoftext|>` lines. The newline before such a line belongs to it; empty stories are left out. */
export function splitStories(text: string): Story[] {
  const stories: Story[] = [];
  let lines: string[] = [];
  for (const line of text.split('\n')) {
    if (line !== storyEnd) {
      lines.push(line);
      continue;
    }
    if (lines.length > 0) stories.push({ text: lines.join('\n'), ended: true });
    lines = [];
  }
  const rest = lines.join('\n');
  if (rest !== '') stories.push({ text: rest, ended: false });
  return stories;
}

/** The first `characters` (code points) of a story; one that is cut has no end. */
export function cutStory(story: Story, characters: number): Story {
  const all = Array.from(story.text);
  return all.length <= characters ? story : { text: all.slice(0, characters).join(''), ended: false };
}

/** What each token of a story costs, the state at zero and the start token fed before it. */
export async function predictStory(
  engine: Engine,
  tokenizer: Tokenizer,
  ids: { bos: number; eos: number },
  story: Story,
): Promise<Prediction> {
  const tokens = tokenizer.encode(story.text);
  if (story.ended) tokens.push(ids.eos);
  await engine.reset();
  let nats = 0;
  let last = ids.bos;
  for (const token of tokens) {
    nats -= logProbability(await engine.step(last), token);
    last = token;
  }
  return { nats, bytes: Buffer.byteLength(story.text) + (story.ended ? 1 : 0), tokens: tokens.length };
}

/** ln softmax(logits)[token], in double. */
export function logProbability(logits: Float64Array, token: number): number {
  let max = -Infinity;
  for (let i = 0; i < logits.length; i++) if (logits[i]! > max) max = logits[i]!;
  let sum = 0;
  for (let i = 0; i < logits.length; i++) sum += Math.exp(logits[i]! - max);
  return logits[token]! - max - Math.log(sum);
}

export function bitsPerByte({ nats, bytes }: Prediction): number {
  return nats / Math.LN2 / bytes;
}

export function perplexity({ nats, tokens }: Prediction): number {
  return Math.exp(nats / tokens);
}
