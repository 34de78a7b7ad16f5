// How near an engine comes to the float model on a text: what DESIGN.md D1 limits.
import { argMax } from '../compiler/sampler.ts';
import { bitsPerByte, logProbability } from './bits-per-byte.ts';
import type { Engine } from './engine.ts';
import type { Prediction, Story } from './bits-per-byte.ts';
import type { Tokenizer } from '../compiler/tokenizer.ts';

export interface Fidelity {
  /** Positions compared. */
  readonly positions: number;
  readonly meanLogitError: number;
  readonly largestLogitError: number;
  /** Share of positions with the same arg-max. */
  readonly argMaxAgreement: number;
  /** Positions with another arg-max although the float model's first two logits are 1.0 or more apart. */
  readonly clearDisagreements: number;
  readonly floatBitsPerByte: number;
  readonly integerBitsPerByte: number;
}

/** Limits of DESIGN.md D1 on trained models. */
export const fidelityLimits = {
  bitsPerByteShare: 0.001,
  meanLogitError: 0.05,
  argMaxAgreement: 0.975,
} as const;

/** The gap between the two largest logits from which on the arg-max must be the same. */
const clearGap = 1;

function secondLargest(logits: Float64Array, best: number): number {
  let second = -Infinity;
  for (let i = 0; i < logits.length; i += 1) if (i !== best && logits[i]! > second) second = logits[i]!;
  return second;
}

/** Sums over positions, from which a Fidelity is made. */
export class Comparison {
  private positions = 0;
  private logits = 0;
  private errors = 0;
  private largest = 0;
  private agreements = 0;
  private clear = 0;

  /** Compares the logits of one position. */
  add(float: Float64Array, integer: Float64Array): void {
    for (let i = 0; i < float.length; i += 1) {
      const error = Math.abs(float[i]! - integer[i]!);
      this.errors += error;
      this.largest = Math.max(this.largest, error);
    }
    const best = argMax(float);
    const agrees = best === argMax(integer);
    this.positions += 1;
    this.logits += float.length;
    this.agreements += agrees ? 1 : 0;
    if (!agrees && float[best]! - secondLargest(float, best) >= clearGap) this.clear += 1;
  }

  get meanLogitError(): number {
    return this.errors / this.logits;
  }

  /** The whole, with the bits per byte of both. */
  fidelity(float: Prediction, integer: Prediction): Fidelity {
    return {
      positions: this.positions,
      meanLogitError: this.meanLogitError,
      largestLogitError: this.largest,
      argMaxAgreement: this.agreements / this.positions,
      clearDisagreements: this.clear,
      floatBitsPerByte: bitsPerByte(float),
      integerBitsPerByte: bitsPerByte(integer),
    };
  }
}

/** Runs both engines over stories, each from a state of zero; `onStory` is told how many are done. */
export async function compareOn(
  stories: readonly Story[],
  tokenizer: Tokenizer,
  ids: { bos: number; eos: number },
  engines: { float: Engine; integer: Engine },
  onStory: (done: number) => Promise<void> | void = () => undefined,
): Promise<Fidelity> {
  const comparison = new Comparison();
  const float: Prediction = { nats: 0, bytes: 0, tokens: 0 };
  const integer: Prediction = { nats: 0, bytes: 0, tokens: 0 };
  for (const [index, story] of stories.entries()) {
    await engines.float.reset();
    await engines.integer.reset();
    let last = ids.bos;
    const tokens = tokenizer.encode(story.text);
    for (const token of story.ended ? [...tokens, ids.eos] : tokens) {
      const logits = await engines.float.step(last);
      const rounded = await engines.integer.step(last);
      comparison.add(logits, rounded);
      float.nats -= logProbability(logits, token);
      integer.nats -= logProbability(rounded, token);
      last = token;
    }
    const bytes = Buffer.byteLength(story.text) + (story.ended ? 1 : 0);
    float.bytes += bytes;
    integer.bytes += bytes;
    await onStory(index + 1);
  }
  return comparison.fidelity(float, integer);
}
