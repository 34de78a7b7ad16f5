// The integer forward pass over an image: the executable definition of what every device computes. docs/integer.md §6.
import * as fixed from './fixed.ts';
import * as op from './operators.ts';
import type { Image, ImageLayer, ImageMatrix } from './read-image.ts';
import type { Quantized, Rows, WeightVector } from './operators.ts';
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

/** The product of a matrix with activations: integers of its rows, and what one is worth. */
function multiply({ q, scale }: Quantized, matrix: ImageMatrix): Rows {
  const { trits, columns, digits, rowScales } = matrix;
  const values = op.matVec(trits, q);
  const unit = fixed.mulScale(scale, matrix.scale);
  const room = op.sumShift(columns, digits);
  if (rowScales === undefined) return { values, unit: { room, scale: unit } };
  const scaled = op.scaleRows(values, columns, digits, rowScales);
  return { values: scaled, unit: { room: 0, scale: fixed.shiftScale(unit, 16 - room) } };
}

/** The residual stream, Q16, as a BitLinear behind a norm sees it. */
function quantizeStream(image: Image, x: Int32Array, outer: WeightVector, weights: WeightVector): Quantized {
  const { inverseHidden: inverseLength, linearEps, normEps } = image;
  return op.quantize({ values: x, unit: fixed.powerOfTwo(-16) }, outer, weights, {
    inverseLength,
    linearEps,
    normEps,
  });
}

/** The MLGRU: reads the residual stream, updates the state in place, gives what is added to the stream. */
function mixTokens(image: Image, layer: ImageLayer, x: Int32Array, state: Int32Array): Rows {
  const { inverseInner: inverseLength, normEps, linearEps } = image;
  const product = (norm: WeightVector, matrix: ImageMatrix): Rows =>
    multiply(quantizeStream(image, x, layer.attnNorm, norm), matrix);
  const f = product(layer.fNorm, layer.f);
  const open = op.recur(state, f, layer.bound, product(layer.iNorm, layer.i));
  const { values, unit } = product(layer.gNorm, layer.g);
  // RMSNorm(g): its root goes into the value of one unit.
  const root = op.reciprocalRms({ values, unit: unit.scale }, inverseLength, normEps);
  const gated = op.gate(open, values, fixed.mulScale(unit.scale, root));
  const out = op.quantize(gated, layer.outNorm, layer.oNorm, {
    inverseLength,
    linearEps,
    normEps: undefined,
  });
  return multiply(out, layer.o);
}

/** The GLU. */
function mixChannels(image: Image, layer: ImageLayer, x: Int32Array): Rows {
  const { values, unit } = multiply(quantizeStream(image, x, layer.mlpNorm, layer.gateNorm), layer.gate);
  const half = values.length / 2;
  const open = values.subarray(0, half).map((value) => op.silu(op.toQ16(value, unit)));
  const gated = op.gate(open, values.subarray(half), unit.scale);
  const { inverseIntermediate: inverseLength, linearEps } = image;
  const inner = op.quantize(gated, undefined, layer.downNorm, {
    inverseLength,
    linearEps,
    normEps: undefined,
  });
  return multiply(inner, layer.down);
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
      const { values, unit } = multiply(
        quantizeStream(image, x, image.finalNorm, image.headNorm),
        image.head,
      );
      return { values, scale: unit.scale };
    },
  };
}
