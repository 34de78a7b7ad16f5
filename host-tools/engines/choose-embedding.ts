// Whether an embedding of 16 bits is worth its flash: both images are run beside the float model.
import type { Ir } from '../compiler/ir.ts';
import { readImage } from '../compiler/read-image.ts';
import { argMax, seededRandom, type Random } from '../compiler/sampler.ts';
import { Comparison, fidelityLimits } from './fidelity.ts';
import { openFloatEngine } from './float.ts';
import { openInterpreter } from './interpreter.ts';

/** Tokens of the probe, and the seed that draws them. */
const probeTokens = 64;
const probeSeed = 1;

/** How much nearer 16 bits must come to the float model. */
const worthwhile = 1.5;

/** A token by the probabilities of float logits. */
function draw(logits: Float64Array, random: Random): number {
  const largest = logits[argMax(logits)]!;
  const weights = logits.map((logit) => Math.exp(logit - largest));
  let rest = (random() / 2 ** 32) * weights.reduce((sum, weight) => sum + weight, 0);
  const token = weights.findIndex((weight) => (rest -= weight) < 0);
  return token < 0 ? weights.length - 1 : token;
}

/** Mean |Δlogit| of images against the float model, over a text that the float model writes. */
async function probe(ir: Ir, images: readonly Uint8Array[], signal?: AbortSignal): Promise<number[]> {
  const float = openFloatEngine(ir);
  const engines = images.map((bytes) => openInterpreter(readImage(bytes)));
  const comparisons = images.map(() => new Comparison());
  const random = seededRandom(probeSeed);
  let token = ir.config.bosId;
  for (let i = 0; i < probeTokens; i += 1) {
    const logits = await float.step(token);
    for (const [k, engine] of engines.entries()) comparisons[k]!.add(logits, await engine.step(token));
    token = draw(logits, random);
    await new Promise(setImmediate); // Lets Ctrl-C in.
    signal?.throwIfAborted();
  }
  return comparisons.map((comparison) => comparison.meanLogitError);
}

/** The image with an int8 embedding, unless it leaves the limit of DESIGN.md D1 and 16 bits mend it. */
export async function chooseEmbedding(
  ir: Ir,
  images: { readonly bits8: Uint8Array; readonly bits16: Uint8Array },
  signal?: AbortSignal,
): Promise<Uint8Array> {
  if (ir.config.embeddingDigits > 0) return images.bits8; // Its digits are what they are: both are the same.
  const [error8 = 0, error16 = 0] = await probe(ir, [images.bits8, images.bits16], signal);
  const isWorth = error8 > fidelityLimits.meanLogitError && error8 > worthwhile * error16;
  return isWorth ? images.bits16 : images.bits8;
}
