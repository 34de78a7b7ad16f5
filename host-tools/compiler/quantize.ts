// Float IR → integer model: the only place with a tolerance. docs/integer.md §7 says how each tensor is rounded.
import {
  maxDigits,
  maxIntermediate,
  maxLayers,
  noLayer,
  noToken,
  scaleExponents,
  tensorOrder,
} from '../contracts/image.ts';
import { UserError } from '../contracts/errors.ts';
import { bitLinearEps } from './config.ts';
import { isSoundScale, powerOfTwo, scaleOf, scaleToNumber, zeroScale } from './fixed.ts';
import { digitUnit, tritsOfDigits, type DigitTable } from './digits.ts';
import { shareActivations } from './share.ts';
import { ternarize } from './ternary.ts';
import type { ImageShape, TensorSlot } from '../contracts/image.ts';
import type { IntegerModel, IntegerTensor } from './pack.ts';
import type { Ir, Layer, Linear } from './ir.ts';

/** Rounds half away from zero, as a person does. */
function round(value: number): number {
  return Math.sign(value) * Math.floor(Math.abs(value) + 0.5);
}

/** Norm weights as int16: the largest magnitude lies in 2^14 … 2^15 − 1, the unit is a power of two. */
function quantizeVector(slot: TensorSlot, values: Float32Array): IntegerTensor {
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  // Below that the scale's exponent would leave its range; such weights round to few units or none.
  let e = largest === 0 ? -14 : Math.max(scaleExponents.least + 15, Math.floor(Math.log2(largest)) - 14);
  if (round(largest / 2 ** e) > 0x7fff) e += 1;
  return { slot, values: Int16Array.from(values, (value) => round(value / 2 ** e)), scale: powerOfTwo(e) };
}

/** What a u16 of the header or the directory holds, and the scale of a row. */
const mostOfU16 = 0xffff;
const mostOfRowScale = 0x7fff;

/** A positive int16 a row, in steps of 2^(−16 − shift). */
interface RowScales {
  readonly rowScales: Int16Array;
  readonly shift: number;
}

/** Shifts that the scale of an embedding can say, and those of any float32. */
const embeddingShifts = { least: -1, most: 30 } as const;
const matrixShifts = { least: -128, most: 58 } as const;

/** Rounds the units of rows, with the largest shift that holds them all. */
function scaleRows(units: readonly number[], { least, most }: { least: number; most: number }): RowScales {
  const largest = units.reduce((peak, unit) => Math.max(peak, unit), 0);
  let shift = most;
  while (shift > least && round(largest * 2 ** (16 + shift)) > mostOfRowScale) shift -= 1;
  const scale = (unit: number): number => Math.max(1, round(unit * 2 ** (16 + shift)));
  return { rowScales: Int16Array.from(units, scale), shift };
}

/** Trits or digits, and what a sum of activations times weights times 1/127 is worth. */
function quantizeMatrix(slot: TensorSlot, linear: Linear): IntegerTensor {
  if (linear.digits) {
    const { integers, scales, digits } = linear.digits;
    const { rowScales, shift } = scaleRows(Array.from(scales), matrixShifts);
    const scale = scaleOf(2 ** (-16 - shift) / 127);
    return { slot, values: tritsOfDigits(integers, slot.cols, digits), rowScales, scale };
  }
  const { trits, meanAbs } = ternarize(linear.weight);
  return { slot, values: trits, scale: scaleOf(meanAbs / 127) };
}

/** 1 − bound as a Q16 fraction, 65535 at most; left out where every bound is 0. */
function quantizeBound(slot: TensorSlot, bounds: Float64Array | undefined): IntegerTensor {
  const isZero = bounds === undefined || bounds.every((bound) => bound === 0);
  const fractions = isZero
    ? []
    : Array.from(bounds, (bound) => Math.min(0xffff, round((1 - bound) * 0x1_0000)));
  return { slot, values: Uint16Array.from(fractions), scale: zeroScale };
}

/** Bits of an embedding's elements. */
export type EmbeddingBits = 8 | 16;

/** Rows of int8 or int16, each with an int16 scale. */
function quantizeEmbedding(slot: TensorSlot, table: Float32Array, bits: EmbeddingBits): IntegerTensor {
  const most = 2 ** (bits - 1) - 1;
  const { rows, cols } = slot;
  const row = (i: number): Float32Array => table.subarray(i * cols, (i + 1) * cols);
  const units = Array.from(
    { length: rows },
    (_, i) => row(i).reduce((peak, v) => Math.max(peak, Math.abs(v)), 0) / most,
  );
  const largest = units.reduce((peak, unit) => Math.max(peak, unit), 0);
  if (largest > mostOfRowScale / 0x8000)
    throw new UserError(
      `the embedding reaches ${(largest * most).toFixed(0)}; ${bits} bits hold values up to ${most}`,
    );
  const { rowScales, shift } = scaleRows(units, embeddingShifts);
  const values = bits === 8 ? new Int8Array(rows * cols) : new Int16Array(rows * cols);
  for (let i = 0; i < rows; i += 1) {
    const unit = rowScales[i]! / 2 ** (16 + shift);
    row(i).forEach((value, j) => {
      values[i * cols + j] = Math.max(-most, Math.min(most, round(value / unit)));
    });
  }
  return { slot, values, rowScales, scale: powerOfTwo(-16 - shift) };
}

/** The unit of an embedding of digits: it is read as int8, digitUnit for 1. */
function digitRows({ scales }: DigitTable): RowScales {
  const largest = scales.reduce((most, scale) => Math.max(most, scale), 0);
  if (largest / digitUnit > mostOfRowScale / 0x8000)
    throw new UserError(
      `a row of the embedding has the scale ${largest}; an image holds scales below ${digitUnit}`,
    );
  return scaleRows(
    Array.from(scales, (scale) => scale / digitUnit),
    embeddingShifts,
  );
}

/** An embedding of digits: rows of trits. */
function quantizeDigits(slot: TensorSlot, table: DigitTable): IntegerTensor {
  const { rowScales, shift } = digitRows(table);
  const values = tritsOfDigits(table.integers, slot.cols, table.digits);
  return { slot, values, rowScales, scale: powerOfTwo(-16 - shift) };
}

/** The head, which then has no matrix of its own: what a sum of activations · integers · row scale is worth. */
function quantizeDigitsHead(slot: TensorSlot, table: DigitTable): IntegerTensor {
  const { shift } = digitRows(table);
  return { slot, values: new Int8Array(), scale: scaleOf((digitUnit * 2 ** (-16 - shift)) / 127) };
}

function linears(layer: Layer): Readonly<Record<string, Linear>> {
  return { i: layer.i, f: layer.f, g: layer.g, o: layer.o, gate: layer.gate, down: layer.down };
}

/** Element by element: the weights of two norms, one behind the other. */
function product(a: Float32Array, b: Float32Array): Float32Array {
  return a.map((value, i) => value * b[i]!);
}

/** The norm ahead of each BitLinear of a layer; down_proj has none. */
function outerNorm(layer: Layer, name: string): Float32Array | undefined {
  if (name === 'down') return undefined;
  if (name === 'gate') return layer.mlpNorm;
  return name === 'o' ? layer.gNorm : layer.attnNorm;
}

function quantizeLayerSlot(ir: Ir, slot: TensorSlot): IntegerTensor {
  const layer = ir.layers[slot.layer]!;
  const [name = '', role] = slot.kind.split('_');
  if (slot.kind === 'attn_norm') return quantizeVector(slot, layer.attnNorm);
  if (slot.kind === 'out_norm') return quantizeVector(slot, layer.gNorm);
  if (slot.kind === 'mlp_norm') return quantizeVector(slot, layer.mlpNorm);
  if (slot.kind === 'bound') {
    const width = slot.rows;
    return quantizeBound(slot, ir.lowerBounds?.subarray(slot.layer * width, (slot.layer + 1) * width));
  }
  const linear = linears(layer)[name]!;
  if (role !== 'norm') return quantizeMatrix(slot, linear);
  const outer = outerNorm(layer, name);
  return quantizeVector(slot, outer ? product(outer, linear.norm) : linear.norm);
}

function quantizeSlot(ir: Ir, slot: TensorSlot, bits: EmbeddingBits): IntegerTensor {
  switch (slot.kind) {
    case 'embedding':
      return slot.holds === 'digits'
        ? quantizeDigits(slot, ir.head.digits!)
        : quantizeEmbedding(slot, ir.embedding, bits);
    case 'final_norm':
      return quantizeVector(slot, ir.finalNorm);
    case 'head_norm':
      return quantizeVector(slot, product(ir.finalNorm, ir.head.norm));
    case 'head':
      return slot.rows === 0 ? quantizeDigitsHead(slot, ir.head.digits!) : quantizeMatrix(slot, ir.head);
    default:
      return quantizeLayerSlot(ir, slot);
  }
}

/** Shape of an image, or a refusal of what its 16-bit sizes cannot hold. */
function imageShape(ir: Ir): ImageShape {
  const { config } = ir;
  const shape: ImageShape = {
    layers: config.layers,
    vocab: config.vocabSize,
    hidden: config.hiddenSize,
    inner: config.innerSize,
    intermediate: config.intermediateSize,
    embeddingDigits: config.embeddingDigits,
    weightDigits: config.weightDigits,
  };
  const most: Readonly<Record<keyof ImageShape, number>> = {
    layers: maxLayers,
    vocab: noToken - 1,
    hidden: mostOfU16,
    inner: mostOfU16,
    intermediate: maxIntermediate,
    embeddingDigits: maxDigits,
    weightDigits: maxDigits,
  };
  for (const [name, value] of Object.entries(shape))
    if (value > most[name as keyof ImageShape])
      throw new UserError(`${name} is ${value}; an image holds up to ${most[name as keyof ImageShape]}`);
  return shape;
}

/** Refuses a unit beyond an image's scales; small ones cannot be, and the embedding and the bounds have rules of their own. */
function assertScale({ slot, scale }: IntegerTensor): void {
  if (slot.kind === 'embedding' || slot.kind === 'bound' || isSoundScale(scale)) return;
  const name = slot.layer === noLayer ? slot.kind : `${slot.kind} of layer ${slot.layer}`;
  throw new UserError(
    `the weights of ${name} are too large: one unit of them is ${scaleToNumber(scale).toPrecision(3)}; an image holds units below 2^${scaleExponents.most + 16}`,
  );
}

/** Refuses an epsilon that leaves the same range. */
function assertEps(eps: number): void {
  if (!isSoundScale(scaleOf(eps)))
    throw new UserError(
      `rms_norm_eps is ${eps}; an image holds values from 2^${scaleExponents.least + 15} on`,
    );
}

/**
 * Rounds a model to integers. `checkpointHash` is the SHA-256 of what it was read from. Unless `share` is false, BitLinears that
 * see the same activations become one matrix; the model computes the same integers either way.
 */
export function quantize(
  ir: Ir,
  checkpointHash: Uint8Array,
  embeddingBits: EmbeddingBits,
  share = true,
): IntegerModel {
  const shape = imageShape(ir);
  assertEps(ir.config.normEps);
  const all = tensorOrder(shape).map((slot) => quantizeSlot(ir, slot, embeddingBits));
  all.forEach(assertScale);
  const ofLayer = (layer: number): IntegerTensor[] => all.filter(({ slot }) => slot.layer === layer);
  const layers = ir.layers.map((_, l) => (share ? shareActivations(ofLayer(l)) : ofLayer(l)));
  const [first, ...last] = ofLayer(noLayer);
  const tensors = [first!, ...layers.flat(), ...last];
  return {
    name: ir.config.name,
    shape,
    checkpointHash,
    bos: ir.config.bosId,
    eos: ir.config.eosId,
    normEps: ir.config.normEps,
    linearEps: bitLinearEps,
    tensors,
  };
}
