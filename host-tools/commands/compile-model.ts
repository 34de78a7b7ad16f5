// From a <model> to an image: what compile, flash, generate and measure share.
import { readFileSync } from 'node:fs';
import { readCheckpoint } from '../compiler/checkpoint.ts';
import { buildIr } from '../compiler/ir.ts';
import { packModel } from '../compiler/pack-model.ts';
import { readImage } from '../compiler/read-image.ts';
import { chooseEmbedding } from '../engines/choose-embedding.ts';
import type { Checkpoint } from '../compiler/checkpoint.ts';
import type { PackOptions } from '../compiler/pack.ts';
import type { EmbeddingBits } from '../compiler/quantize.ts';
import type { Image } from '../compiler/read-image.ts';
import type { Ir } from '../compiler/ir.ts';
import type { ModelSource } from '../compiler/model-source.ts';

export interface CompileOptions extends PackOptions {
  /** Bits of the embedding; `auto` takes 8 unless they cost what they should not. */
  readonly embedding: EmbeddingBits | 'auto';
}

export interface CompiledModel {
  readonly bytes: Uint8Array;
  readonly image: Image;
  /** Where it was compiled from; undefined for an image that was given. */
  readonly checkpoint?: Checkpoint;
  readonly ir?: Ir;
}

/**
 * Compiles a checkpoint, or reads an image. Throws a UserError that says what is wrong with either.
 * What decides the bytes of an image lies in compiler/ and engines/, whose code names the images that are kept.
 */
export async function compileModel(
  source: ModelSource,
  options: CompileOptions,
  signal?: AbortSignal,
): Promise<CompiledModel> {
  if (source.kind === 'image') {
    const bytes = readFileSync(source.path);
    const image = readImage(bytes);
    return { bytes: bytes.subarray(0, image.bytes), image };
  }
  const checkpoint = readCheckpoint(source.folder);
  const ir = buildIr(checkpoint);
  const packed = (bits: EmbeddingBits): Uint8Array => packModel(checkpoint, ir, bits, options);
  const bytes =
    options.embedding === 'auto'
      ? await chooseEmbedding(ir, { bits8: packed(8), bits16: packed(16) }, signal)
      : packed(options.embedding);
  return { bytes, image: readImage(bytes), checkpoint, ir };
}

/** What verbs compile with when nothing else is asked for. */
export const defaultCompileOptions = { weights: 'auto', embedding: 'auto' } as const;
