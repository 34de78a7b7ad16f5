// A model whose greedy story has no end, for tests that interrupt one: however fast the device, it still writes.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openTensors, readTensor } from '../../host-tools/compiler/safetensors.ts';
import { packageRoot } from '../../host-tools/toolchain/paths.ts';
import { writeSafetensors } from './write-safetensors.ts';
import type { Tensor } from './write-safetensors.ts';

/** Options with which its story does not end: greedy, and as many tokens as may be asked for. */
export const endless = { maxTokens: 1_000_000 };
export const endlessOptions = ['--max-tokens', `${endless.maxTokens}`];

/**
 * Writes stories-60k with another end-of-text token, the last of the vocabulary, whose row of the tied embedding is that of
 * the token before it. Their logits are always equal, and the lowest index of equals is chosen: it never is the end.
 */
export function writeEndlessModel(folder: string): string {
  const from = join(packageRoot(), 'models-tiny', 'stories-60k');
  mkdirSync(folder, { recursive: true });
  const config = JSON.parse(readFileSync(join(from, 'config.json'), 'utf8')) as { vocab_size: number };
  const end = config.vocab_size - 1;
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ ...config, eos_token_id: end }));
  copyFileSync(join(from, 'tokenizer.json'), join(folder, 'tokenizer.json'));
  const tensors: Record<string, Tensor> = {};
  for (const entry of openTensors(from).tensors.values()) {
    const { name, shape, dtype } = entry;
    const values = readTensor(entry);
    const rowLength = shape[1] ?? 1;
    if (name.startsWith('model.embeddings.'))
      values.copyWithin(end * rowLength, (end - 1) * rowLength, end * rowLength);
    tensors[name] = { shape, values, dtype };
  }
  writeSafetensors(join(folder, 'model.safetensors'), tensors);
  return folder;
}
