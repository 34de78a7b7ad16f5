// MODEL.md 4 and 5 written out a second time, plainly and in double: dense matrices of de-quantized weights, both norms as they stand.
//
// It shares no line with host-tools on purpose and takes raw tensors by their official names. It also says how near it came to
// a rounding tie, because near one two right implementations may differ by a whole int8 step.

export interface RawModel {
  config: {
    vocab_size: number;
    hidden_size: number;
    num_hidden_layers: number;
    expand_ratio?: number;
    hidden_ratio?: number;
    intermediate_size?: number | null;
    use_lower_bound: boolean;
    rms_norm_eps: number;
    tie_word_embeddings?: boolean;
    ternlet?: { embedding_digits?: number; row_scales?: boolean; weight_digits?: number };
  };
  tensors: Readonly<Record<string, { shape: readonly number[]; values: ArrayLike<number> }>>;
}

export interface Transcript {
  /** [position][vocabulary] */
  logits: number[][];
  /** Smallest distance of any |y·s| to k + ½, in int8 steps. */
  activationMargin: number;
  /** Smallest distance of any |W| / mean|W| to ½. */
  weightMargin: number;
}

type Vector = number[];

/** Runs all tokens from a zero state. */
export function transcribe(model: RawModel, tokens: readonly number[]): Transcript {
  const { config } = model;
  const margins = { activation: 0.5, weight: 0.5 };
  const quantized = new Map<string, Vector[]>();
  const vector = (name: string): Vector => Array.from(model.tensors[name]!.values);
  const matrix = (name: string): Vector[] => {
    const { shape, values } = model.tensors[name]!;
    const columns = shape[1]!;
    return Array.from({ length: shape[0]! }, (_, row) =>
      Array.from({ length: columns }, (__, column) => values[row * columns + column]!),
    );
  };
  /** Where a matrix has a scale a row: every weight as that times the whole number next to the quotient. */
  const scaled = (name: string): Vector[] | undefined => {
    if (!(`${name}_scale` in model.tensors)) return undefined;
    const scales = vector(`${name}_scale`);
    return matrix(name).map((row, r) => row.map((w) => Math.round(w / scales[r]!) * scales[r]!));
  };
  /** Ŵ: every weight −a, 0 or +a, unless its row has a scale. */
  const ternary = (name: string): Vector[] => {
    let found = quantized.get(name) ?? scaled(name);
    if (found) {
      quantized.set(name, found);
      return found;
    }
    const weights = matrix(name);
    const all = weights.flat();
    const a = Math.max(all.reduce((sum, w) => sum + Math.abs(w), 0) / all.length, 1e-5);
    for (const w of all) margins.weight = Math.min(margins.weight, Math.abs(Math.abs(w) / a - 0.5));
    found = weights.map((row) => row.map((w) => (Math.abs(w / a) <= 0.5 ? 0 : Math.sign(w)) * a));
    quantized.set(name, found);
    return found;
  };
  const bitLinear = (x: Vector, name: string, weight = `${name}.weight`): Vector => {
    const y = rmsNorm(x, vector(`${name}.norm.weight`), 1e-6);
    const s = 127 / Math.max(...y.map(Math.abs), 1e-5);
    const dequantized = y.map((value) => {
      const size = Math.abs(value * s);
      margins.activation = Math.min(margins.activation, Math.abs(size - Math.floor(size) - 0.5));
      return (Math.sign(value) * Math.trunc(size + 0.5)) / s;
    });
    return ternary(weight).map((row) => row.reduce((sum, w, j) => sum + w * dequantized[j]!, 0));
  };
  const headWeight = config.tie_word_embeddings ? 'model.embeddings.weight' : 'lm_head.weight';
  const floors = config.use_lower_bound ? lowerBounds(matrix('model.lower_bounds')) : undefined;
  const embeddings = scaled('model.embeddings.weight') ?? matrix('model.embeddings.weight');
  const eps = config.rms_norm_eps;
  const states: Vector[] = [];

  const logits = tokens.map((token) => {
    let x = embeddings[token]!;
    for (let l = 0; l < config.num_hidden_layers; l++) {
      const at = `model.layers.${l}`;
      const u = rmsNorm(x, vector(`${at}.attn_norm.weight`), eps);
      const i = bitLinear(u, `${at}.attn.i_proj`);
      let f = bitLinear(u, `${at}.attn.f_proj`).map(sigmoid);
      const g = bitLinear(u, `${at}.attn.g_proj`);
      if (floors && l > 0) f = f.map((value, d) => floors[l]![d]! + (1 - floors[l]![d]!) * value);
      const before = states[l] ?? f.map(() => 0);
      const h = f.map((value, d) => value * before[d]! + swish(i[d]!) * (1 - value));
      states[l] = h;
      const o = rmsNorm(g, vector(`${at}.attn.g_norm.weight`), eps).map((value, d) => value * swish(h[d]!));
      x = plus(x, bitLinear(o, `${at}.attn.o_proj`));
      const v = rmsNorm(x, vector(`${at}.mlp_norm.weight`), eps);
      const both = bitLinear(v, `${at}.mlp.gate_proj`);
      const half = both.length / 2;
      const gated = both.slice(0, half).map((a, k) => swish(a) * both[half + k]!);
      x = plus(x, bitLinear(gated, `${at}.mlp.down_proj`));
    }
    return bitLinear(rmsNorm(x, vector('model.norm.weight'), eps), 'lm_head', headWeight);
  });
  return { logits, activationMargin: margins.activation, weightMargin: margins.weight };
}

/** lb[l] = P[1] + … + P[l], with P the softmax over layers of each channel. */
function lowerBounds(raw: Vector[]): Vector[] {
  const channels = raw[0]!.map((_, channel) => {
    const powers = raw.map((row) => Math.exp(row[channel]!));
    const total = powers.reduce((sum, power) => sum + power);
    return powers.map((_power, l) => powers.slice(1, l + 1).reduce((sum, power) => sum + power / total, 0));
  });
  return raw.map((_, l) => channels.map((bounds) => bounds[l]!));
}

function rmsNorm(x: Vector, weight: Vector, eps: number): Vector {
  const mean = x.map((value) => value ** 2).reduce((sum, square) => sum + square, 0) / x.length;
  return x.map((value, j) => (value / Math.sqrt(mean + eps)) * weight[j]!);
}

function plus(a: Vector, b: Vector): Vector {
  return a.map((value, j) => value + b[j]!);
}

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

function swish(x: number): number {
  return x * sigmoid(x);
}
