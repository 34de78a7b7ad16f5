// Checkpoint → image, with the embedding's bits given: what `quantize` rounds, `pack` lays out.
import type { Checkpoint } from './checkpoint.ts';
import type { Ir } from './ir.ts';
import { pack, type PackOptions } from './pack.ts';
import { quantize, type EmbeddingBits } from './quantize.ts';
import { emptyTokenizer } from './tokenizer.ts';

/** `ir` is the checkpoint's. A checkpoint without a tokenizer gives an image without one. */
export function packModel(
  checkpoint: Checkpoint,
  ir: Ir,
  bits: EmbeddingBits,
  options: PackOptions,
): Uint8Array {
  const hash = Buffer.from(checkpoint.sha256(), 'hex');
  const tokenizer = checkpoint.tokenizer() ?? emptyTokenizer(ir.config.vocabSize);
  return pack(quantize(ir, hash, bits), tokenizer, options);
}
