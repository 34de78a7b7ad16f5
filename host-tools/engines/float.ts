// The float interpreter: the forward pass of the IR in double, as the official fused code means it. Source: MODEL.md 4 and 5.
import { bitLinearEps } from '../compiler/config.ts';
import type { Ir, Layer, Linear } from '../compiler/ir.ts';
import { ternarize } from '../compiler/ternary.ts';
import type { Engine } from './engine.ts';

/** A BitLinear ready to run. */
interface ReadyLinear {
  rows: number;
  columns: number;
  /** [rows][columns]: trits, or the integers of digits. */
  weights: Int8Array;
  /** What one is worth: [rows], or one for all. */
  scales: Float32Array | number;
  /** [columns] */
  norm: Float32Array;
  /** [columns], what the activations are rounded to for one product. */
  acts: Int8Array;
}

interface ReadyLayer {
  source: Layer;
  i: ReadyLinear;
  f: ReadyLinear;
  g: ReadyLinear;
  o: ReadyLinear;
  gate: ReadyLinear;
  down: ReadyLinear;
  /** [D] */
  bound: Float64Array;
  /** [D], what the layer carries from token to token. */
  state: Float64Array;
}

interface Scratch {
  /** [H] each: the residual stream, its norm, and what a block adds to it. */
  x: Float64Array;
  normed: Float64Array;
  added: Float64Array;
  /** [D] each */
  input: Float64Array;
  forget: Float64Array;
  output: Float64Array;
  /** [2I], of which the first I are overwritten by the gated product. */
  wide: Float64Array;
  logits: Float64Array;
}

/** Makes an engine of an IR; the matrices are quantized once. */
export function openFloatEngine(ir: Ir): Engine {
  const { vocabSize, hiddenSize: H, innerSize: D, intermediateSize: I } = ir.config;
  const layers = ir.layers.map((layer, l) => makeReady(ir, layer, l));
  const digits = ir.config.embeddingDigits > 0 ? ir.head.digits : undefined;
  const head = readyLinear(ir.head);
  const scratch: Scratch = {
    x: new Float64Array(H),
    normed: new Float64Array(H),
    added: new Float64Array(H),
    input: new Float64Array(D),
    forget: new Float64Array(D),
    output: new Float64Array(D),
    wide: new Float64Array(2 * I),
    logits: new Float64Array(vocabSize),
  };
  const feed = (token: number): void => {
    if (!Number.isInteger(token) || token < 0 || token >= vocabSize) {
      throw new RangeError(`token ${token} is not in the vocabulary of ${vocabSize}`);
    }
    for (let j = 0, at = token * H; j < H; j++, at++)
      scratch.x[j] = digits ? digits.scales[token]! * digits.integers[at]! : ir.embedding[at]!;
    for (const layer of layers) runLayer(layer, scratch, ir.config.normEps);
  };
  return {
    name: 'float',
    vocabSize,
    reset: () => layers.forEach((layer) => layer.state.fill(0)),
    feed,
    step: (token) => {
      feed(token);
      rmsNorm(scratch.normed, scratch.x, ir.finalNorm, ir.config.normEps);
      bitLinear(scratch.logits, head, scratch.normed);
      return scratch.logits;
    },
    close: () => undefined,
  };
}

function makeReady(ir: Ir, layer: Layer, l: number): ReadyLayer {
  const D = ir.config.innerSize;
  return {
    source: layer,
    i: readyLinear(layer.i),
    f: readyLinear(layer.f),
    g: readyLinear(layer.g),
    o: readyLinear(layer.o),
    gate: readyLinear(layer.gate),
    down: readyLinear(layer.down),
    bound: ir.lowerBounds?.subarray(l * D, (l + 1) * D) ?? new Float64Array(D),
    state: new Float64Array(D),
  };
}

function readyLinear({ weight, norm, rows, columns, digits }: Linear): ReadyLinear {
  const ready = { rows, columns, norm, acts: new Int8Array(columns) };
  if (digits) return { ...ready, weights: digits.integers, scales: digits.scales };
  const { trits, meanAbs } = ternarize(weight);
  return { ...ready, weights: trits, scales: meanAbs };
}

/** One block: token mixer and channel mixer, each added to `scratch.x`. */
function runLayer(layer: ReadyLayer, scratch: Scratch, eps: number): void {
  const { x, normed, added, input, forget, output, wide } = scratch;
  const { source, bound, state } = layer;
  rmsNorm(normed, x, source.attnNorm, eps);
  bitLinear(input, layer.i, normed);
  bitLinear(forget, layer.f, normed);
  bitLinear(output, layer.g, normed);
  rmsNorm(output, output, source.gNorm, eps);
  for (let d = 0; d < state.length; d++) {
    const keep = bound[d]! + (1 - bound[d]!) * sigmoid(forget[d]!);
    state[d] = keep * state[d]! + silu(input[d]!) * (1 - keep);
    output[d] = output[d]! * silu(state[d]!);
  }
  bitLinear(added, layer.o, output);
  for (let j = 0; j < x.length; j++) x[j] = x[j]! + added[j]!;

  rmsNorm(normed, x, source.mlpNorm, eps);
  bitLinear(wide, layer.gate, normed);
  const width = wide.length / 2;
  for (let j = 0; j < width; j++) wide[j] = silu(wide[j]!) * wide[width + j]!;
  bitLinear(added, layer.down, wide);
  for (let j = 0; j < x.length; j++) x[j] = x[j]! + added[j]!;
}

function sigmoid(value: number): number {
  return 1 / (1 + Math.exp(-value));
}

function silu(value: number): number {
  return value / (1 + Math.exp(-value));
}

/** out = in / rms(in) · weight; `out` may be `input`. */
function rmsNorm(out: Float64Array, input: Float64Array, weight: Float32Array, eps: number): void {
  const scale = 1 / Math.sqrt(meanSquare(input, weight.length) + eps);
  for (let j = 0; j < weight.length; j++) out[j] = input[j]! * scale * weight[j]!;
}

function meanSquare(input: Float64Array, count: number): number {
  let sum = 0;
  for (let j = 0; j < count; j++) sum += input[j]! * input[j]!;
  return sum / count;
}

/** out[rows] = W · in; reads the first `columns` of `input`. Activations are rounded half away from zero. */
function bitLinear(out: Float64Array, linear: ReadyLinear, input: Float64Array): void {
  const { rows, columns, weights, scales, norm, acts } = linear;
  const scale = 1 / Math.sqrt(meanSquare(input, columns) + bitLinearEps);
  let max = 1e-5;
  for (let j = 0; j < columns; j++) max = Math.max(max, Math.abs(input[j]! * scale * norm[j]!));
  const toInt = 127 / max;
  for (let j = 0; j < columns; j++) {
    const value = input[j]! * scale * norm[j]! * toInt;
    acts[j] = value < 0 ? -Math.floor(0.5 - value) : Math.floor(value + 0.5);
  }
  for (let row = 0, at = 0; row < rows; row++, at += columns) {
    const toOut = (max / 127) * (typeof scales === 'number' ? scales : scales[row]!);
    out[row] = dot(weights, at, acts) * toOut;
  }
}

/** Σ weights[at + j] · acts[j], exact. */
function dot(weights: Int8Array, at: number, acts: Int8Array): number {
  const count = acts.length;
  let sum = 0;
  let j = 0;
  for (; j + 4 <= count; j += 4) {
    const k = at + j;
    sum =
      (sum +
        weights[k]! * acts[j]! +
        weights[k + 1]! * acts[j + 1]! +
        weights[k + 2]! * acts[j + 2]! +
        weights[k + 3]! * acts[j + 3]!) |
      0;
  }
  for (; j < count; j++) sum = (sum + weights[at + j]! * acts[j]!) | 0;
  return sum;
}
