// Integer model → image: lays tensors, directory and tokenizer out as contracts/image.ts says. Pure.
import * as contract from '../contracts/image.ts';
import { layoutOf, writeFields } from '../contracts/c-header.ts';
import { packMatrix } from './layouts.ts';
import { planImage } from './plan-image.ts';
import { packTokenizer } from './pack-tokenizer.ts';
import { scaleOf } from './fixed.ts';
import type { ImageShape, Layout, TensorSlot } from '../contracts/image.ts';
import type { Packing } from './layouts.ts';
import type { MatrixPlan, Target } from './plan-image.ts';
import type { Scale } from './fixed.ts';
import type { TokenizerData } from './tokenizer.ts';

/** One tensor as integers; `values` is empty where the slot is left out. */
export interface IntegerTensor {
  readonly slot: TensorSlot;
  readonly values: Int8Array | Int16Array | Uint16Array;
  readonly scale: Scale;
  /** Of rows and digits, an int16 a row; the trits of digits are [rows][digits][columns]. */
  readonly rowScales?: Int16Array;
}

/** A model with nothing left to round: tensors in the order of tensorOrder(). */
export interface IntegerModel {
  readonly name: string;
  readonly shape: ImageShape;
  readonly checkpointHash: Uint8Array;
  readonly bos: number;
  readonly eos: number;
  readonly normEps: number;
  readonly linearEps: number;
  readonly tensors: readonly IntegerTensor[];
}

export interface PackOptions {
  /** `auto` takes for each matrix what costs the target less. */
  readonly weights: Packing | 'auto';
  readonly target: Target;
}

interface Section {
  readonly layout: Layout;
  readonly chunk: number;
  readonly bytes: Uint8Array;
}

const raw = (array: Int8Array | Int16Array | Uint16Array): Uint8Array =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

function layTensor(tensor: IntegerTensor, plan: MatrixPlan | undefined): Section {
  const { slot, values } = tensor;
  switch (slot.holds) {
    case 'vector':
      return { layout: 's16', chunk: 0, bytes: raw(values) };
    case 'fractions':
      return { layout: 'u16', chunk: 0, bytes: raw(values) };
    case 'digits': {
      const { layout, chunk, bytes } = layTrits(values as Int8Array, plan);
      const scales = pad(raw(tensor.rowScales ?? new Int16Array()));
      return { layout: layout === 't5' ? 'r5' : 'r2', chunk, bytes: Buffer.concat([scales, bytes]) };
    }
    case 'rows': {
      const scales = raw(tensor.rowScales ?? new Int16Array());
      return {
        layout: values instanceof Int8Array ? 'e8' : 'e16',
        chunk: 0,
        bytes: Buffer.concat([pad(scales), raw(values)]),
      };
    }
    case 'trits':
      return layTrits(values as Int8Array, plan);
  }
}

/** A matrix that is left out has no plan. */
function layTrits(trits: Int8Array, plan: MatrixPlan | undefined): Section {
  if (plan === undefined) return { layout: 't5', chunk: 1, bytes: new Uint8Array() };
  const { packing, rows, columns, chunk } = plan;
  return { layout: packing, chunk, bytes: packMatrix(packing, trits, rows, columns, chunk) };
}

/** Pads bytes with zeros to a multiple of 4. */
function pad(bytes: Uint8Array): Uint8Array {
  const padded = new Uint8Array(Math.ceil(bytes.length / 4) * 4);
  padded.set(bytes);
  return padded;
}

const scaleFields = (name: string, scale: Scale): Record<string, number> => ({
  [`${name}_m`]: scale.m,
  [`${name}_e`]: scale.e,
});

/** Packs a model and its tokenizer into an image. */
export function pack(model: IntegerModel, tokenizer: TokenizerData, options: PackOptions): Uint8Array {
  const words = packTokenizer(tokenizer);
  const slots = model.tensors.map(({ slot }) => slot);
  const plan = planImage(slots, model.shape, options.weights, options.target, words.length);
  const sections = model.tensors.map((tensor, i) => layTensor(tensor, plan.matrices[i]));
  const first = contract.headerBytes + contract.entryBytes * sections.length;
  // What is copied lies together, ahead of what is not.
  const indices = [...sections.keys()];
  const placed = [...indices.filter((i) => plan.copied[i]), ...indices.filter((i) => !plan.copied[i])];
  const offsets: number[] = [];
  let end = first;
  let copiedBytes = 0;
  for (const i of placed) {
    offsets[i] = end;
    end += pad(sections[i]!.bytes).length;
    if (plan.copied[i]) copiedBytes = end - first;
  }
  const image = new Uint8Array(end + pad(words).length);
  sections.forEach((section, i) => {
    image.set(entry(model.tensors[i]!, section, offsets[i]!), contract.headerBytes + contract.entryBytes * i);
    image.set(section.bytes, offsets[i]);
  });
  image.set(words, end);
  const places = { tokenizer: end, tokenizerBytes: words.length, imageBytes: image.length };
  image.set(header(model, { ...places, copied: copiedBytes > 0 ? first : 0, copiedBytes }, plan.tableGroups));
  sealImage(image);
  return image;
}

/** Writes the CRC of an image into its header. */
export function sealImage(image: Uint8Array): void {
  const crc = contract.crc32(image.subarray(16), contract.crc32(image.subarray(0, 12)));
  new DataView(image.buffer, image.byteOffset).setUint32(12, crc, true);
}

function entry(tensor: IntegerTensor, section: Section, offset: number): Uint8Array {
  const { slot } = tensor;
  const empty = section.bytes.length === 0;
  return writeFields(contract.entryFields, {
    kind: contract.tensorKinds[slot.kind],
    layout: contract.layouts[section.layout],
    layer: slot.layer,
    offset,
    bytes: section.bytes.length,
    rows: empty ? 0 : slot.rows,
    cols: slot.cols,
    ...scaleFields('scale', tensor.scale),
    chunk_groups: section.chunk,
    reserved: 0,
  });
}

/** Where things lie in an image. */
interface Places {
  readonly tokenizer: number;
  readonly tokenizerBytes: number;
  readonly imageBytes: number;
  /** What the device copies to RAM. */
  readonly copied: number;
  readonly copiedBytes: number;
}

function header(model: IntegerModel, places: Places, tableGroups: number): Uint8Array {
  const { shape } = model;
  const bytes = writeFields(contract.headerFields, {
    magic: contract.imageMagic,
    version: contract.imageVersion,
    header_bytes: contract.headerBytes,
    image_bytes: places.imageBytes,
    crc32: 0,
    n_layers: shape.layers,
    vocab: shape.vocab,
    hidden: shape.hidden,
    inner: shape.inner,
    intermediate: shape.intermediate,
    n_tensors: model.tensors.length,
    bos: model.bos,
    eos: model.eos,
    ...scaleFields('norm_eps', scaleOf(model.normEps)),
    ...scaleFields('bitlinear_eps', scaleOf(model.linearEps)),
    ...scaleFields('inv_hidden', scaleOf(1 / shape.hidden)),
    ...scaleFields('inv_inner', scaleOf(1 / shape.inner)),
    ...scaleFields('inv_intermediate', scaleOf(1 / shape.intermediate)),
    tokenizer_offset: places.tokenizer,
    tokenizer_bytes: places.tokenizerBytes,
    table_groups: tableGroups,
    embedding_digits: shape.embeddingDigits,
    weight_digits: shape.weightDigits,
    copied_offset: places.copied,
    copied_bytes: places.copiedBytes,
  });
  const { offsets } = layoutOf(contract.headerFields);
  bytes.set(model.checkpointHash, offsets['checkpoint_hash']);
  bytes.set(new TextEncoder().encode(model.name).subarray(0, 31), offsets['name']);
  return bytes;
}
