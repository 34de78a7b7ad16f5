// The integer forward pass over an image: the executable definition of what every device computes. docs/integer.md §6.
import * as fixed from './fixed.ts';
import * as op from './operators.ts';
import type { Image, ImageLayer, ImageMatrix } from './read-image.ts';
import type { Normed, WeightVector } from './operators.ts';
import type { Scale } from './fixed.ts';

/** Logits as integers: value = integers · scale. On equal integers the lowest id wins, everywhere. */
export interface IntegerLogits {
  readonly values: Int32Array;
  readonly scale: Scale;
}

/** Told after each layer; `checksum` covers the layer's state, then the residual stream. */
export type LayerTrace = (layer: number, checksum: number) => void;

export interface Interpreter {
  /** Forgets everything read so far. */
  reset(): void;
  /** Reads one token; gives the logits of the next, or nothing where they are not wanted. */
  step(token: number, wantLogits?: boolean): IntegerLogits | undefined;
}

/** A checksum of integers that depends on their order: c ← rotate(c, 7) + value, mod 2^32. */
export function checksum(values: Int32Array, start = 0): number {
  let sum = start;
  for (const value of values) sum = (((sum << 7) | (sum >>> 25)) + value) >>> 0;
  return sum;
}

/** What the rows of a BitLinear come to, in units; each may be shifted left by `room` bits and stays below 2^30. */
interface Sums {
  readonly values: Int32Array;
  readonly unit: Scale;
  readonly room: number;
}

function linear(normed: Normed, norm: WeightVector, matrix: ImageMatrix): Sums {
  const { trits, columns, digits, rowScales } = matrix;
  const { q, scale } = op.quantize(normed, norm);
  const values = op.matVec(trits, q);
  const unit = fixed.mulScale(scale, matrix.scale);
  if (rowScales === undefined) return { values, unit, room: op.sumShift(columns) };
  const scaled = op.scaleRows(values, columns, digits, rowScales);
  return { values: scaled, unit: fixed.shiftScale(unit, 16 - op.sumShift(columns, digits)), room: 0 };
}

function linearQ16(normed: Normed, norm: WeightVector, matrix: ImageMatrix): Int32Array {
  const { values, unit, room } = linear(normed, norm, matrix);
  return op.toQ16(values, room, unit);
}

/** The MLGRU: reads the residual stream, updates the state in place, gives what is added to the stream. */
function mixTokens(image: Image, layer: ImageLayer, x: Int32Array, state: Int32Array): Int32Array {
  const { inverseHidden, inverseInner, normEps, linearEps } = image;
  const normed = op.rmsNorm(x, layer.attnNorm, inverseHidden, normEps, linearEps);
  const span = op.forgetSpan(linearQ16(normed, layer.fNorm, layer.f), layer.bound);
  op.recur(state, span, linearQ16(normed, layer.iNorm, layer.i));
  const g = linear(normed, layer.gNorm, layer.g);
  const gated = op.gatedNorm(g.values, g.unit, layer.outNorm, state, inverseInner, normEps);
  const out = op.plainNorm(gated, inverseInner, linearEps);
  return linearQ16(out, layer.oNorm, layer.o);
}

/** The GLU. */
function mixChannels(image: Image, layer: ImageLayer, x: Int32Array): Int32Array {
  const normed = op.rmsNorm(x, layer.mlpNorm, image.inverseHidden, image.normEps, image.linearEps);
  const { values, unit, room } = linear(normed, layer.gateNorm, layer.gate);
  const half = values.length / 2;
  const gated = op.gatedUnit(op.toQ16(values.subarray(0, half), room, unit), values.subarray(half), unit);
  const inner = op.plainNorm(gated, image.inverseIntermediate, image.linearEps);
  return linearQ16(inner, layer.downNorm, layer.down);
}

/** Runs an image; `trace` is told a checksum after every layer of every token. */
export function interpret(image: Image, trace?: LayerTrace): Interpreter {
  const states = image.layers.map(() => new Int32Array(image.shape.inner));
  return {
    reset() {
      for (const state of states) state.fill(0);
    },
    step(token, wantLogits = true) {
      const x = op.embed(image.embedding.row(token), image.embedding.scales[token]!, image.embedding.shift);
      image.layers.forEach((layer, i) => {
        const state = states[i]!;
        op.addResidual(x, mixTokens(image, layer, x, state));
        op.addResidual(x, mixChannels(image, layer, x));
        trace?.(i, checksum(x, checksum(state)));
      });
      if (!wantLogits) return undefined;
      const normed = op.rmsNorm(x, image.finalNorm, image.inverseHidden, image.normEps, image.linearEps);
      const { values, unit } = linear(normed, image.headNorm, image.head);
      return { values, scale: unit };
    },
  };
}
