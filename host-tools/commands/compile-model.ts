// From a <model> to an image: what compile, flash, generate and measure share.
import { readFileSync } from 'node:fs';
import { readCheckpoint } from '../compiler/checkpoint.ts';
import { buildIr } from '../compiler/ir.ts';
import { emptyTokenizer } from '../compiler/tokenizer.ts';
import { pack } from '../compiler/pack.ts';
import { quantize } from '../compiler/quantize.ts';
import { readImage } from '../compiler/read-image.ts';
import { argMax, seededRandom } from '../compiler/sampler.ts';
import { Comparison, fidelityLimits } from '../engines/fidelity.ts';
import { openFloatEngine } from '../engines/float.ts';
import { openInterpreter } from '../engines/interpreter.ts';
import type { Checkpoint } from '../compiler/checkpoint.ts';
import type { EmbeddingBits } from '../compiler/quantize.ts';
import type { Image } from '../compiler/read-image.ts';
import type { Ir } from '../compiler/ir.ts';
import type { ModelSource } from '../compiler/model-source.ts';
import type { Random } from '../compiler/sampler.ts';

export interface CompileOptions {
  readonly weights: 't2' | 't5';
  /** Bits of the embedding; `auto` takes 8 unless they cost what they should not. */
  readonly embedding: EmbeddingBits | 'auto';
  /** RAM for the look-up table, in bytes. */
  readonly tableBytes: number;
}

export interface CompiledModel {
  readonly bytes: Uint8Array;
  readonly image: Image;
  /** Where it was compiled from; undefined for an image that was given. */
  readonly checkpoint?: Checkpoint;
  readonly ir?: Ir;
}

function packIr(ir: Ir, checkpoint: Checkpoint, bits: EmbeddingBits, options: CompileOptions): Uint8Array {
  const hash = Buffer.from(checkpoint.sha256(), 'hex');
  const tokenizer = checkpoint.tokenizer() ?? emptyTokenizer(ir.config.vocabSize);
  return pack(quantize(ir, hash, bits), tokenizer, options);
}

/** Tokens of the probe that chooses the embedding's bits, and the seed that draws them. */
const probeTokens = 64;
const probeSeed = 1;

/** A token by the probabilities of float logits. */
function draw(logits: Float64Array, random: Random): number {
  const largest = logits[argMax(logits)]!;
  const weights = logits.map((logit) => Math.exp(logit - largest));
  let rest = (random() / 2 ** 32) * weights.reduce((sum, weight) => sum + weight, 0);
  const token = weights.findIndex((weight) => (rest -= weight) < 0);
  return token < 0 ? weights.length - 1 : token;
}

/** Mean |Δlogit| of images against the float model, over a text that the float model writes. */
async function probe(ir: Ir, images: readonly Uint8Array[]): Promise<number[]> {
  const float = openFloatEngine(ir);
  const engines = images.map((bytes) => openInterpreter(readImage(bytes)));
  const comparisons = images.map(() => new Comparison());
  const random = seededRandom(probeSeed);
  let token = ir.config.bosId;
  for (let i = 0; i < probeTokens; i += 1) {
    const logits = await float.step(token);
    for (const [k, engine] of engines.entries()) comparisons[k]!.add(logits, await engine.step(token));
    token = draw(logits, random);
  }
  return comparisons.map((comparison) => comparison.meanLogitError);
}

/** How much nearer 16 bits must come to the float model to be worth their flash. */
const worthwhile = 1.5;

/** The image with an int8 embedding, unless it leaves the limit of DESIGN.md D1 and 16 bits mend it. */
async function packWithBestEmbedding(
  ir: Ir,
  checkpoint: Checkpoint,
  options: CompileOptions,
): Promise<Uint8Array> {
  const small = packIr(ir, checkpoint, 8, options);
  const large = packIr(ir, checkpoint, 16, options);
  const [smallError = 0, largeError = 0] = await probe(ir, [small, large]);
  const isWorth = smallError > fidelityLimits.meanLogitError && smallError > worthwhile * largeError;
  return isWorth ? large : small;
}

/** Compiles a checkpoint, or reads an image. Throws a UserError that says what is wrong with either. */
export async function compileModel(source: ModelSource, options: CompileOptions): Promise<CompiledModel> {
  if (source.kind === 'image') {
    const bytes = readFileSync(source.path);
    const image = readImage(bytes);
    return { bytes: bytes.subarray(0, image.bytes), image };
  }
  const checkpoint = readCheckpoint(source.folder);
  const ir = buildIr(checkpoint);
  const bytes =
    options.embedding === 'auto'
      ? await packWithBestEmbedding(ir, checkpoint, options)
      : packIr(ir, checkpoint, options.embedding, options);
  return { bytes, image: readImage(bytes), checkpoint, ir };
}

/** What verbs compile with when nothing else is asked for. */
export const defaultCompileOptions = { weights: 't5', embedding: 'auto' } as const;
