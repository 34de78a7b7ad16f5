// Makes random checkpoints of any shape, as folders and as raw tensors; the same seed gives the same bytes.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RawModel } from './transcription.ts';
import { encodeSafetensors, writeSafetensors, type Dtype, type Tensor } from './write-safetensors.ts';

export interface RandomShape {
  seed: number;
  /** Fields of config.json over those of a small ordinary model. */
  config?: Partial<RawModel['config']> & Record<string, unknown>;
  /** Of the matrices; norms stay F32. */
  dtype?: Dtype;
  /** Whether i, f and g have the same norm, by layer. */
  sharesNorms?: (layer: number) => boolean;
}

export interface RandomCheckpoint extends RawModel {
  tensors: Record<string, Tensor>;
}

/** Numbers in [0, 1) of a seed: mulberry32. */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Makes the tensors, with the spreads of oracle-a; the values are those that the file holds, rounded to its dtypes. */
export function randomCheckpoint({
  seed,
  config: own,
  dtype = 'F32',
  sharesNorms = () => false,
}: RandomShape): RandomCheckpoint {
  const config = { ...defaults, ...own } as RawModel['config'];
  const next = randomNumbers(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  const tensors: Record<string, Tensor> = {};
  const add = (name: string, shape: number[], make: () => number, kind: Dtype) => {
    const values = Array.from({ length: shape.reduce((a, b) => a * b) }, () => roundTo(make(), kind));
    tensors[name] = { shape, values, dtype: kind };
  };
  const norm = (name: string, size: number) => add(name, [size], () => 0.5 + next(), 'F32');
  const {
    embedding_digits: embeddingDigits,
    row_scales: hasScales,
    weight_digits: digits = 1,
  } = config.ternlet ?? {};
  const linear = (name: string, rows: number, columns: number, gain: number) => {
    const size = gain / Math.sqrt(columns);
    if (hasScales) addDigits(tensors, name, [rows, columns], digits, { size, next, normal, dtype });
    else add(`${name}.weight`, [rows, columns], () => normal() * size, dtype);
    norm(`${name}.norm.weight`, columns);
  };
  const [V, H, L] = [config.vocab_size, config.hidden_size, config.num_hidden_layers];
  const D = Math.trunc(H * (config.expand_ratio ?? 1));
  const rule = 256 * Math.ceil(Math.trunc((H * (config.hidden_ratio ?? 4) * 2) / 3) / 256);
  const I = config.intermediate_size ?? rule;
  if (embeddingDigits === undefined) add('model.embeddings.weight', [V, H], () => normal() * 0.7, dtype);
  else addDigits(tensors, 'model.embeddings', [V, H], embeddingDigits, { size: 1, next, normal, dtype });
  if (config.use_lower_bound) add('model.lower_bounds', [L, H], normal, 'F32');
  for (let l = 0; l < L; l++) {
    const at = `model.layers.${l}`;
    norm(`${at}.attn_norm.weight`, H);
    for (const name of ['i', 'f', 'g']) linear(`${at}.attn.${name}_proj`, D, H, 2);
    if (sharesNorms(l))
      for (const name of ['f', 'g'])
        tensors[`${at}.attn.${name}_proj.norm.weight`] = tensors[`${at}.attn.i_proj.norm.weight`]!;
    norm(`${at}.attn.g_norm.weight`, D);
    linear(`${at}.attn.o_proj`, H, D, 1);
    norm(`${at}.mlp_norm.weight`, H);
    linear(`${at}.mlp.gate_proj`, 2 * I, H, 2);
    linear(`${at}.mlp.down_proj`, H, I, 1);
  }
  norm('model.norm.weight', H);
  linear('lm_head', V, H, 4);
  if (config.tie_word_embeddings) {
    delete tensors['lm_head.weight'];
    delete tensors['lm_head.weight_scale'];
  }
  return { config, tensors };
}

/** Rows of scale · integer. The scales of a file of 16 bits are powers of two, so that its products are exact. */
function addDigits(
  tensors: Record<string, Tensor>,
  name: string,
  [rows, columns]: readonly [number, number],
  digits: number,
  { size, next, normal, dtype }: { size: number; next: () => number; normal: () => number; dtype: Dtype },
): void {
  const most = (3 ** digits - 1) / 2;
  const scales = Array.from({ length: rows }, () => Math.fround((size * (0.5 + next())) / most)).map(
    (scale) => (dtype === 'F32' ? scale : 2 ** Math.round(Math.log2(scale))),
  );
  const values = Array.from({ length: rows * columns }, (_, i) => {
    const integer = Math.max(-most, Math.min(most, Math.round(normal() * 0.6 * most)));
    return Math.fround(scales[Math.floor(i / columns)]! * integer);
  });
  tensors[`${name}.weight`] = { shape: [rows, columns], values, dtype };
  tensors[`${name}.weight_scale`] = { shape: [rows], values: scales, dtype: 'F32' };
}

const defaults = {
  model_type: 'hgrn_bit',
  vocab_size: 97,
  hidden_size: 24,
  num_hidden_layers: 2,
  attn_mode: 'fused_recurrent',
  num_heads: 1,
  expand_ratio: 1,
  use_short_conv: false,
  use_lower_bound: true,
  hidden_ratio: 4,
  intermediate_size: 40,
  rms_norm_eps: 1e-6,
  bos_token_id: 1,
  eos_token_id: 2,
  tie_word_embeddings: false,
};

/** Bits of the significand, and the exponent of the least step. */
const precisions = { F16: [11, -24], BF16: [8, -133], F8_E4M3: [4, -9] } as const;

function roundTo(value: number, dtype: Dtype): number {
  if (dtype === 'F32') return Math.fround(value);
  const [bits, least] = precisions[dtype];
  const step = 2 ** Math.max(Math.floor(Math.log2(Math.abs(value) || 1)) - bits + 1, least);
  return Math.round(value / step) * step;
}

/** Writes config.json and the weights, in one file or in `shards` with an index. */
export function writeCheckpoint(folder: string, { config, tensors }: RandomCheckpoint, shards = 1): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
  if (shards === 1) return writeSafetensors(join(folder, 'model.safetensors'), tensors);
  const weightMap: Record<string, string> = {};
  for (let shard = 0; shard < shards; shard++) {
    const file = `model-0000${shard + 1}-of-0000${shards}.safetensors`;
    const part = Object.entries(tensors).filter((_, index) => index % shards === shard);
    for (const [name] of part) weightMap[name] = file;
    writeFileSync(join(folder, file), encodeSafetensors(Object.fromEntries(part)));
  }
  const index = { metadata: {}, weight_map: weightMap };
  writeFileSync(join(folder, 'model.safetensors.index.json'), JSON.stringify(index));
}
