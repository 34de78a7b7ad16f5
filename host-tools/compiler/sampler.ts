// The sampler: temperature, top-k and top-p on integers, and its random numbers. docs/integer.md §8.
//
// Twin: firmware/text/sampler.c; golden stories hold the two equal.
import * as fixed from './fixed.ts';
import { powerOfHalf } from './operators.ts';
import type { IntegerLogits } from './interpret.ts';
import type { Scale } from './fixed.ts';

export interface SamplerOptions {
  /** Thousandths; 0 takes the most likely token. */
  readonly temperatureMilli: number;
  /** How many of the most likely tokens remain; 0 for all. */
  readonly topK: number;
  /** Thousandths of the probability that remain; 1000 for all. */
  readonly topPMilli: number;
}

export const greedy: SamplerOptions = { temperatureMilli: 0, topK: 0, topPMilli: 1000 };

/** A source of 32 random bits a call. */
export type Random = () => number;

const rotate = (value: number, bits: number): number => (value << bits) | (value >>> (32 - bits));

/** One output of splitmix32 for a counter that has grown by 0x9E3779B9. */
function mix(counter: number): number {
  let z = counter;
  z = Math.imul(z ^ (z >>> 16), 0x21f0_aaad);
  z = Math.imul(z ^ (z >>> 15), 0x735a_2d97);
  return (z ^ (z >>> 15)) >>> 0;
}

/** xoshiro128++ (Blackman and Vigna, 2019), seeded by four outputs of splitmix32. */
export function seededRandom(seed: number): Random {
  const s = Uint32Array.from([1, 2, 3, 4], (i) => mix((seed + Math.imul(i, 0x9e37_79b9)) >>> 0));
  return () => {
    const result = (rotate(s[0]! + s[3]!, 7) + s[0]!) >>> 0;
    const t = s[1]! << 9;
    s[2]! ^= s[0]!;
    s[3]! ^= s[1]!;
    s[1]! ^= s[2]!;
    s[0]! ^= s[3]!;
    s[2]! ^= t;
    s[3] = rotate(s[3]!, 11);
    return result;
  };
}

/** The largest value's lowest index. */
export function argMax(values: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < values.length; i += 1) if (values[i]! > values[best]!) best = i;
  return best;
}

/** log2(e). */
const log2e: Scale = { m: 47274, e: -15 };

/** Bits of the weights of `n` tokens: their sum stays below 2^31 + 1. */
export function weightBits(n: number): number {
  return Math.min(24, 31 - fixed.bitLength(n - 1));
}

/** distance · slope as a Q16 value below 2^32, or undefined where it is larger. `slope` is per unit of distance. */
function exponentOf(distance: number, slope: Scale): number | undefined {
  const product = Math.imul(distance, slope.m) >>> 0;
  const bits = -16 - slope.e;
  if (bits >= 32) return 0;
  if (bits >= 0) return product >>> bits;
  return product === 0
    ? 0
    : bits <= -32 || product >>> (32 + bits) !== 0
      ? undefined
      : (product << -bits) >>> 0;
}

/** Weights 2^((logit − largest) · scale · log2(e) / temperature) of all tokens, in units of 2^-weightBits. */
export function weigh(logits: IntegerLogits, temperatureMilli: number): Uint32Array {
  const largest = logits.values[argMax(logits.values)]!;
  const least = logits.values.reduce((low, value) => Math.min(low, value), largest);
  const down = Math.max(0, fixed.bitLength(largest - least) - 16);
  const inverse = fixed.mulScale(
    fixed.normalize(1000, 0),
    fixed.reciprocal(fixed.normalize(temperatureMilli, 0)),
  );
  const slope = fixed.shiftScale(fixed.mulScale(fixed.mulScale(logits.scale, log2e), inverse), down);
  const bits = weightBits(logits.values.length);
  return Uint32Array.from(logits.values, (value) => {
    const exponent = exponentOf((largest - value) >>> down, slope);
    return exponent === undefined ? 0 : powerOfHalf(exponent, bits);
  });
}

/** What remains: all tokens above a weight, and the first `ties` of those at it. */
interface Cut {
  readonly weight: number;
  readonly ties: number;
  /** Sum of what remains. */
  readonly total: number;
}

/** Number and sum of the weights above one, and how many equal it. */
function above(weights: Uint32Array, weight: number): { n: number; sum: number; ties: number } {
  let [n, sum, ties] = [0, 0, 0];
  for (const value of weights) {
    if (value > weight) [n, sum] = [n + 1, sum + value];
    else if (value === weight) ties += 1;
  }
  return { n, sum, ties };
}

/** The largest weight in `least` … 2^bits at or above which `enough` holds, by halving; it holds at `least`. */
function largestWeight(bits: number, least: number, enough: (weight: number) => boolean): number {
  let weight = 0;
  for (let bit = 2 ** bits; bit >= 1; bit /= 2) {
    const trial = weight + bit;
    if (trial <= least || (trial <= 2 ** bits && enough(trial))) weight = trial;
  }
  return Math.max(weight, least);
}

/** The first k tokens by weight, equal ones by id. */
function cutTopK(weights: Uint32Array, bits: number, k: number): Cut {
  const atLeast = (weight: number): number => {
    const { n, ties } = above(weights, weight);
    return n + ties;
  };
  const weight = k === weights.length ? 0 : largestWeight(bits, 0, (trial) => atLeast(trial) >= k);
  const { n, sum } = above(weights, weight);
  return { weight, ties: k - n, total: sum + (k - n) * weight };
}

/** The fewest of the tokens of a cut that hold a share of its weight. */
function cutTopP(weights: Uint32Array, bits: number, milli: number, cut: Cut): Cut {
  const needed = Math.floor(cut.total / 1000) * milli + Math.ceil(((cut.total % 1000) * milli) / 1000);
  const massAt = (weight: number): number => {
    const { sum, ties } = above(weights, weight);
    return sum + ties * weight;
  };
  const weight = largestWeight(bits, cut.weight, (trial) => massAt(trial) >= needed);
  const { sum } = above(weights, weight);
  const ties = weight === 0 ? 0 : Math.ceil((needed - sum) / weight);
  return { weight, ties, total: sum + ties * weight };
}

/** The next token. Greedy draws nothing from `random`; otherwise one number. */
export function sample(logits: IntegerLogits, options: SamplerOptions, random: Random): number {
  if (options.temperatureMilli === 0) return argMax(logits.values);
  const weights = weigh(logits, options.temperatureMilli);
  const bits = weightBits(weights.length);
  const k = options.topK === 0 ? weights.length : Math.min(options.topK, weights.length);
  let cut = cutTopK(weights, bits, k);
  if (options.topPMilli < 1000) cut = cutTopP(weights, bits, options.topPMilli, cut);
  let rest = Number((BigInt(random()) * BigInt(cut.total)) >> 32n);
  let ties = cut.ties;
  for (let id = 0; id < weights.length; id += 1) {
    const weight = weights[id]!;
    const remains = weight > cut.weight || (weight === cut.weight && ties-- > 0);
    if (!remains) continue;
    if (rest < weight) return id;
    rest -= weight;
  }
  return argMax(logits.values);
}
