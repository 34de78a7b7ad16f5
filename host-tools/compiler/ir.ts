// The float IR: the tensors of a checkpoint, typed and checked, as float32. Names and shapes: MODEL.md 3.
import { UserError } from '../contracts/errors.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { ModelConfig } from './config.ts';
import { readDigits, type DigitTable } from './digits.ts';
import { readTensor, type TensorDirectory } from './safetensors.ts';

/** A BitLinear: norm over its input, int8 activations, ternary weights; no bias. */
export interface Linear {
  /** [rows][columns], the latent weights: `ternarize` makes the trits. */
  weight: Float32Array;
  /** [columns] */
  norm: Float32Array;
  rows: number;
  columns: number;
  /** What the weights mean where they have a scale a row; undefined where `ternarize` says it. */
  digits: DigitTable | undefined;
}

export interface Layer {
  /** [H] */
  attnNorm: Float32Array;
  /** [D][H] each: input, forget gate, output gate. */
  i: Linear;
  f: Linear;
  g: Linear;
  /** [D] */
  gNorm: Float32Array;
  /** [H][D] */
  o: Linear;
  /** [H] */
  mlpNorm: Float32Array;
  /** [2I][H]; the first I rows are the gate, the others what it gates. */
  gate: Linear;
  /** [H][I] */
  down: Linear;
}

export interface Ir {
  config: ModelConfig;
  /** [V][H]; of digits it is as the file rounds it, and those of the head say what is meant. */
  embedding: Float32Array;
  /** [L][D], what the forget gate of each layer cannot go below (in [0, 1), layer 0 all zero); undefined without lower bounds. */
  lowerBounds: Float64Array | undefined;
  layers: readonly Layer[];
  /** [H] */
  finalNorm: Float32Array;
  /** [V][H]; with tied embeddings its weight is the embedding. */
  head: Linear;
}

/** Builds the IR. A tensor that is missing, extra, of another shape, or holds NaN or infinity is a UserError that names it. */
export function buildIr({ config, tensors }: Checkpoint): Ir {
  checkNames(config, tensors);
  const read = (name: string, ...shape: number[]) => readFinite(tensors, name, shape);
  const digitsOf = (name: string, weight: Float32Array, rows: number, digits: number) =>
    digits === 0 ? undefined : readDigits(name, weight, read(`${name}.weight_scale`, rows), digits);
  const linear = (name: string, rows: number, columns: number): Linear => {
    const weight = read(`${name}.weight`, rows, columns);
    const digits = digitsOf(name, weight, rows, config.weightDigits);
    return { weight, norm: read(`${name}.norm.weight`, columns), rows, columns, digits };
  };
  const { vocabSize: V, hiddenSize: H, innerSize: D, intermediateSize: I, layers: L } = config;
  const embedding = read('model.embeddings.weight', V, H);
  const layer = (l: number): Layer => {
    const at = `model.layers.${l}`;
    return {
      attnNorm: read(`${at}.attn_norm.weight`, H),
      i: linear(`${at}.attn.i_proj`, D, H),
      f: linear(`${at}.attn.f_proj`, D, H),
      g: linear(`${at}.attn.g_proj`, D, H),
      gNorm: read(`${at}.attn.g_norm.weight`, D),
      o: linear(`${at}.attn.o_proj`, H, D),
      mlpNorm: read(`${at}.mlp_norm.weight`, H),
      gate: linear(`${at}.mlp.gate_proj`, 2 * I, H),
      down: linear(`${at}.mlp.down_proj`, H, I),
    };
  };
  return {
    config,
    embedding,
    lowerBounds: config.useLowerBound ? boundsFromLogits(read('model.lower_bounds', L, H), L) : undefined,
    layers: Array.from({ length: L }, (_, l) => layer(l)),
    finalNorm: read('model.norm.weight', H),
    head: config.tied
      ? {
          weight: readTiedHead(tensors, embedding, V, H),
          norm: read('lm_head.norm.weight', H),
          rows: V,
          columns: H,
          digits: digitsOf('model.embeddings', embedding, V, config.embeddingDigits),
        }
      : linear('lm_head', V, H),
  };
}

/** The names that a config asks for, in the order of the forward pass. */
export function tensorNames(config: ModelConfig): string[] {
  const scale = (name: string) => (config.weightDigits > 0 ? [`${name}.weight_scale`] : []);
  const linear = (name: string) => [`${name}.weight`, ...scale(name), `${name}.norm.weight`];
  const layer = (l: number) => {
    const at = `model.layers.${l}`;
    return [
      `${at}.attn_norm.weight`,
      ...['i', 'f', 'g', 'o'].flatMap((name) => linear(`${at}.attn.${name}_proj`)),
      `${at}.attn.g_norm.weight`,
      `${at}.mlp_norm.weight`,
      ...linear(`${at}.mlp.gate_proj`),
      ...linear(`${at}.mlp.down_proj`),
    ];
  };
  return [
    'model.embeddings.weight',
    ...(config.embeddingDigits > 0 ? ['model.embeddings.weight_scale'] : []),
    ...(config.useLowerBound ? ['model.lower_bounds'] : []),
    ...Array.from({ length: config.layers }, (_, l) => layer(l)).flat(),
    'model.norm.weight',
    ...(config.tied ? [] : ['lm_head.weight', ...scale('lm_head')]),
    'lm_head.norm.weight',
  ];
}

function checkNames(config: ModelConfig, tensors: TensorDirectory): void {
  const wanted = new Set(tensorNames(config));
  for (const name of wanted) {
    if (!tensors.has(name)) {
      throw new UserError(
        `the checkpoint lacks tensor ${name}, which its config.json (${config.layers} layers) asks for`,
      );
    }
  }
  for (const name of tensors.keys()) {
    const isTiedCopy = config.tied && config.embeddingDigits === 0 && name === 'lm_head.weight';
    if (!wanted.has(name) && !isTiedCopy) {
      throw new UserError(`the checkpoint holds tensor ${name}, which its config.json has no place for`);
    }
  }
}

function readFinite(tensors: TensorDirectory, name: string, shape: readonly number[]): Float32Array {
  const entry = tensors.get(name)!; // checkNames has seen it.
  if (entry.shape.length !== shape.length || entry.shape.some((size, axis) => size !== shape[axis])) {
    throw new UserError(
      `tensor ${name} has shape [${entry.shape.join(', ')}]; config.json asks for [${shape.join(', ')}]`,
    );
  }
  const numbers = readTensor(entry);
  const bad = numbers.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0)
    throw new UserError(`tensor ${name} holds ${numbers[bad]} at index ${bad}; every weight must be finite`);
  return numbers;
}

/** Some writers save the tied matrix twice; a second copy must then be equal. */
function readTiedHead(tensors: TensorDirectory, embedding: Float32Array, V: number, H: number): Float32Array {
  if (!tensors.has('lm_head.weight')) return embedding;
  const copy = readFinite(tensors, 'lm_head.weight', [V, H]);
  if (copy.every((value, i) => value === embedding[i])) return embedding;
  throw new UserError(
    'config.json ties lm_head.weight to model.embeddings.weight, and the checkpoint holds two different matrices',
    'Set tie_word_embeddings to false if the head has a matrix of its own.',
  );
}

/** Softmax over layers, summed up to each layer, less the first: [L][H] logits → [L][H] bounds (MODEL.md 5). */
export function boundsFromLogits(logits: Float32Array, layers: number): Float64Array {
  const width = logits.length / layers;
  const bounds = new Float64Array(logits.length);
  for (let channel = 0; channel < width; channel++) {
    let max = -Infinity;
    for (let l = 0; l < layers; l++) max = Math.max(max, logits[l * width + channel]!);
    let sum = 0;
    for (let l = 0; l < layers; l++) sum += Math.exp(logits[l * width + channel]! - max);
    let bound = 0;
    for (let l = 1; l < layers; l++) {
      bound += Math.exp(logits[l * width + channel]! - max) / sum;
      bounds[l * width + channel] = bound;
    }
  }
  return bounds;
}
