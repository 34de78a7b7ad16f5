// Image → what the interpreter runs. Checks everything once, in the order in which the device's loader does.
//
// Twin: tlm_engine_load() in firmware/engine/load.c; test/device/loader.test.ts holds their answers equal.
import * as contract from '../contracts/image.ts';
import { UserError } from '../contracts/errors.ts';
import { layoutOf, readFields, readText } from '../contracts/c-header.ts';
import { statusWords, statusCode } from '../contracts/status.ts';
import { isSoundScale } from './fixed.ts';
import { matrixBytes, packingOf, unpackMatrix } from './layouts.ts';
import { readTokenizerSection } from './read-tokenizer.ts';
import { rowOfDigits } from './operators.ts';
import type { ImageShape, Layout, TensorKind, TensorSlot } from '../contracts/image.ts';
import type { Scale } from './fixed.ts';
import type { StatusName } from '../contracts/status.ts';
import type { Tokenizer } from './tokenizer.ts';
import type { WeightVector } from './operators.ts';

export interface ImageMatrix {
  /** [rows][digits][columns], the highest digit of a row first. */
  readonly trits: Int8Array;
  readonly rows: number;
  readonly columns: number;
  /** 1 where it holds plain trits. */
  readonly digits: number;
  readonly scale: Scale;
  /** [rows], of digits. */
  readonly rowScales: Int16Array | undefined;
}

export interface ImageLayer {
  readonly attnNorm: WeightVector;
  readonly iNorm: WeightVector;
  readonly fNorm: WeightVector;
  readonly gNorm: WeightVector;
  readonly i: ImageMatrix;
  readonly f: ImageMatrix;
  readonly g: ImageMatrix;
  /** 1 − lower bound, Q16; undefined where the bound is 0. */
  readonly bound: Uint16Array | undefined;
  readonly outNorm: WeightVector;
  readonly oNorm: WeightVector;
  readonly o: ImageMatrix;
  readonly mlpNorm: WeightVector;
  readonly gateNorm: WeightVector;
  readonly gate: ImageMatrix;
  readonly downNorm: WeightVector;
  readonly down: ImageMatrix;
}

/** One entry of the directory, as `inspect` prints it. */
export interface ImageEntry {
  readonly slot: TensorSlot;
  readonly layout: Layout;
  readonly offset: number;
  readonly bytes: number;
  readonly chunkGroups: number;
  readonly scale: Scale;
}

export interface Image {
  readonly name: string;
  readonly bytes: number;
  readonly crc32: number;
  readonly version: number;
  /** SHA-256 of the checkpoint, in hex. */
  readonly checkpointHash: string;
  readonly shape: ImageShape;
  readonly bos: number;
  readonly eos: number;
  readonly tableGroups: number;
  /** The bytes of the image that a device copies to RAM: whole tensors; none where `bytes` is 0. */
  readonly copied: { readonly offset: number; readonly bytes: number };
  readonly normEps: Scale;
  readonly linearEps: Scale;
  readonly inverseHidden: Scale;
  readonly inverseInner: Scale;
  readonly inverseIntermediate: Scale;
  readonly embedding: { row(token: number): Int8Array | Int16Array; scales: Int16Array; shift: number };
  readonly layers: readonly ImageLayer[];
  readonly finalNorm: WeightVector;
  readonly headNorm: WeightVector;
  readonly head: ImageMatrix;
  readonly tokenizer: Tokenizer;
  readonly tokenizerBytes: number;
  readonly entries: readonly ImageEntry[];
}

/** An image that a device would refuse, with the status it would answer. */
export class ImageFault extends UserError {
  readonly status: StatusName;
  constructor(status: StatusName, detail: string) {
    super(
      `${statusWords(statusCode(status))} (${detail})`,
      'Compile the model again, and copy the whole file.',
    );
    this.name = 'ImageFault';
    this.status = status;
  }
}

type Header = Readonly<Record<string, number>>;

function checkEnvelope(bytes: Uint8Array): Header {
  const fault = (status: StatusName, detail: string): never => {
    throw new ImageFault(status, detail);
  };
  if (bytes.length < contract.headerBytes) fault('truncated', `${bytes.length} bytes`);
  const header = readFields(contract.headerFields, bytes) as Header;
  if (header['magic'] === 0xffff_ffff) fault('no_image', 'erased flash');
  if (header['magic'] !== contract.imageMagic) fault('bad_magic', 'it does not begin with "TERN"');
  if (header['version']! > contract.imageVersion)
    fault('newer_version', `version ${header['version']}, only ${contract.imageVersion} is read`);
  if (header['version']! < contract.imageVersion)
    fault('older_version', `version ${header['version']}, only ${contract.imageVersion} is read`);
  const size = header['image_bytes']!;
  if (size > bytes.length || size < contract.headerBytes || size % 4 !== 0)
    fault('truncated', `${bytes.length} bytes, its header says ${size}`);
  const crc = contract.crc32(bytes.subarray(16, size), contract.crc32(bytes.subarray(0, 12)));
  if (crc !== header['crc32']) fault('bad_crc', `${hex(crc)}, its header says ${hex(header['crc32']!)}`);
  return header;
}

const hex = (value: number): string => value.toString(16).padStart(8, '0');

function checkShape(header: Header): ImageShape {
  const shape: ImageShape = {
    layers: header['n_layers']!,
    vocab: header['vocab']!,
    hidden: header['hidden']!,
    inner: header['inner']!,
    intermediate: header['intermediate']!,
    embeddingDigits: header['embedding_digits']!,
    weightDigits: header['weight_digits']!,
  };
  const { embeddingDigits, weightDigits, ...sizes } = shape;
  const sound =
    Math.max(embeddingDigits, weightDigits) <= contract.maxDigits &&
    header['header_bytes'] === contract.headerBytes &&
    Object.values(sizes).every((size) => size > 0) &&
    shape.layers <= contract.maxLayers &&
    shape.vocab < contract.noToken &&
    shape.intermediate <= contract.maxIntermediate &&
    header['bos']! < shape.vocab &&
    header['eos']! < shape.vocab &&
    header['table_groups']! >= 1 &&
    header['table_groups']! <= contract.maxChunkGroups;
  if (!sound) throw new ImageFault('bad_shape', JSON.stringify(shape));
  for (const name of ['norm_eps', 'bitlinear_eps', 'inv_hidden', 'inv_inner', 'inv_intermediate'])
    if (!isSoundScale(scaleAt(header, name))) throw new ImageFault('bad_scale', name);
  return shape;
}

function scaleAt(fields: Header, name: string): Scale {
  return { m: fields[`${name}_m`]!, e: fields[`${name}_e`]! };
}

/** The embedding's unit is 2^(−15 − shift). */
function embeddingShift(scale: Scale): number {
  return scale.m === 0x8000 ? -30 - scale.e : -1;
}

const layoutsOf: Readonly<Record<TensorSlot['holds'], readonly Layout[]>> = {
  vector: ['s16'],
  fractions: ['u16'],
  rows: ['e8', 'e16'],
  digits: ['r2', 'r5'],
  trits: ['t2', 't5'],
};

/** Row scales, padded to a multiple of 4. */
const rowScaleBytes = (rows: number): number => Math.ceil(rows / 2) * 4;

function expectedBytes({ rows, cols, digits }: TensorSlot, layout: Layout): number {
  switch (layout) {
    case 't2':
    case 't5':
      return matrixBytes(layout, rows, cols);
    case 'r2':
    case 'r5':
      return rowScaleBytes(rows) + matrixBytes(packingOf(layout), digits * rows, cols);
    case 'e8':
    case 'e16':
      return rowScaleBytes(rows) + rows * cols * (layout === 'e8' ? 1 : 2);
    default:
      return 2 * rows;
  }
}

function checkEntry(fields: Header, slot: TensorSlot, header: Header, first: number): ImageEntry {
  const what = `${slot.kind} of layer ${slot.layer}`;
  const omitted = fields['rows'] === 0 && (slot.rows === 0 || slot.holds === 'fractions');
  const at = fields['offset']!;
  const size = fields['bytes']!;
  const inPlace =
    at >= first && at % 4 === 0 && at <= header['image_bytes']! && size <= header['image_bytes']! - at;
  const isSlot =
    fields['kind'] === contract.tensorKinds[slot.kind] &&
    fields['layer'] === slot.layer &&
    (omitted || fields['rows'] === slot.rows) &&
    fields['cols'] === slot.cols;
  // A tensor is copied as a whole or not at all.
  const copies = { start: header['copied_offset']!, end: header['copied_offset']! + header['copied_bytes']! };
  const isWhole =
    size === 0 ||
    at + size <= copies.start ||
    at >= copies.end ||
    (at >= copies.start && at + size <= copies.end);
  if (!inPlace || !isSlot || !isWhole) throw new ImageFault('bad_directory', what);
  const layout = layoutsOf[slot.holds].find((name) => contract.layouts[name] === fields['layout']);
  const chunk = fields['chunk_groups']!;
  const isMatrix = slot.holds === 'trits' || slot.holds === 'digits';
  const chunkFits = isMatrix ? chunk >= 1 && chunk <= header['table_groups']! : chunk === 0;
  if (layout === undefined || !chunkFits || size !== (omitted ? 0 : expectedBytes(slot, layout)))
    throw new ImageFault('bad_layout', what);
  const scale = scaleAt(fields, 'scale');
  const shift = embeddingShift(scale);
  const scaleFits =
    slot.holds === 'fractions' ||
    (slot.kind === 'embedding' ? shift >= 0 && shift <= 31 : isSoundScale(scale));
  if (!scaleFits) throw new ImageFault('bad_scale', what);
  return { slot, layout, offset: at, bytes: size, chunkGroups: chunk, scale };
}

/** The entry that says whether a layer shares: f_norm is left out then. */
function placeOfSharing(layer: number): number {
  const inside = contract.layerTensors.findIndex(([kind]) => kind === 'f_norm');
  return 1 + layer * contract.layerTensors.length + inside;
}

function checkDirectory(bytes: Uint8Array, header: Header, shape: ImageShape): ImageEntry[] {
  const length = contract.tensorOrder(shape).length;
  const first = contract.headerBytes + contract.entryBytes * length;
  if (header['n_tensors'] !== length || first > header['image_bytes']!)
    throw new ImageFault('bad_directory', `${header['n_tensors']} tensors, ${length} expected`);
  const [copied, copiedBytes] = [header['copied_offset']!, header['copied_bytes']!];
  if (copied % 4 !== 0 || copiedBytes % 4 !== 0 || copied + copiedBytes > header['image_bytes']!)
    throw new ImageFault('bad_directory', `${copiedBytes} bytes from ${copied} on are to be copied`);
  const fieldsAt = (i: number): Header =>
    readFields(contract.entryFields, bytes, contract.headerBytes + contract.entryBytes * i);
  const shares = (layer: number): boolean => fieldsAt(placeOfSharing(layer))['rows'] === 0;
  return contract.tensorOrder(shape, shares).map((slot, i) => checkEntry(fieldsAt(i), slot, header, first));
}

/** Typed views of the tensors; copies, so that alignment does not matter. */
function tensorReader(bytes: Uint8Array, entries: readonly ImageEntry[]) {
  const find = (kind: TensorKind, layer: number): ImageEntry =>
    entries.find(({ slot }) => slot.kind === kind && slot.layer === layer)!;
  // slice() of a Buffer would be a view of the whole file.
  const copy = (at: number, size: number): ArrayBuffer =>
    new Uint8Array(bytes.subarray(at, at + size)).buffer;
  return {
    vector(kind: TensorKind, layer = contract.noLayer): WeightVector {
      const entry = find(kind, layer);
      const values = new Int16Array(copy(entry.offset, entry.bytes));
      if (values.includes(-32768)) throw new ImageFault('bad_code', `${kind} of layer ${layer}`);
      return { values, unit: entry.scale };
    },
    scale: (kind: TensorKind, layer = contract.noLayer): Scale => find(kind, layer).scale,
    fractions(kind: TensorKind, layer: number): Uint16Array | undefined {
      const entry = find(kind, layer);
      return entry.bytes === 0 ? undefined : new Uint16Array(copy(entry.offset, entry.bytes));
    },
    matrix(kind: TensorKind, layer = contract.noLayer): ImageMatrix {
      const { slot, offset, bytes: size, layout, chunkGroups, scale } = find(kind, layer);
      const { rows, cols: columns, digits } = slot;
      const hasScales = layout === 'r2' || layout === 'r5';
      const rowScales = hasScales ? new Int16Array(copy(offset, rows * 2)) : undefined;
      const packed = bytes.subarray(offset + (hasScales ? rowScaleBytes(rows) : 0), offset + size);
      const trits = unpackMatrix(packingOf(layout), packed, digits * rows, columns, chunkGroups);
      if (trits === undefined) throw new ImageFault('bad_code', `${kind} of layer ${layer}`);
      return { trits, rows, columns, digits, scale, rowScales };
    },
    embedding(): Image['embedding'] {
      const { slot, offset, bytes: size, layout, scale } = find('embedding', contract.noLayer);
      const scaleBytes = rowScaleBytes(slot.rows);
      const scales = new Int16Array(copy(offset, slot.rows * 2));
      const rows = copy(offset + scaleBytes, size - scaleBytes);
      const table = layout === 'e8' ? new Int8Array(rows) : new Int16Array(rows);
      const row = (token: number) => table.subarray(token * slot.cols, (token + 1) * slot.cols);
      return { row, scales, shift: embeddingShift(scale) };
    },
  };
}

/** An embedding of digits and the head that it is. */
function readDigits(read: Reader): Pick<Image, 'embedding' | 'head'> {
  const matrix = read.matrix('embedding');
  const { trits, digits, columns, scale, rowScales } = matrix;
  const length = digits * columns;
  const row = (token: number) => rowOfDigits(trits.subarray(token * length, (token + 1) * length), digits);
  return {
    embedding: { row, scales: rowScales!, shift: embeddingShift(scale) },
    head: { ...matrix, scale: read.scale('head') },
  };
}

type Reader = ReturnType<typeof tensorReader>;

/** The three BitLinears that see the residual stream, whether they share a matrix or not. */
function readMixer(
  read: Reader,
  layer: number,
): Pick<ImageLayer, 'iNorm' | 'fNorm' | 'gNorm' | 'i' | 'f' | 'g'> {
  const iNorm = read.vector('i_norm', layer);
  const all = read.matrix('i_proj', layer);
  if (read.vector('f_norm', layer).values.length > 0)
    return {
      iNorm,
      fNorm: read.vector('f_norm', layer),
      gNorm: read.vector('g_norm', layer),
      i: all,
      f: read.matrix('f_proj', layer),
      g: read.matrix('g_proj', layer),
    };
  const rows = all.rows / 3;
  const size = rows * all.digits * all.columns;
  const part = (kind: TensorKind, k: number): ImageMatrix => ({
    ...all,
    rows,
    trits: all.trits.subarray(k * size, (k + 1) * size),
    rowScales: all.rowScales?.subarray(k * rows, (k + 1) * rows),
    scale: read.scale(kind, layer),
  });
  const [i, f, g] = [part('i_proj', 0), part('f_proj', 1), part('g_proj', 2)];
  return { iNorm, fNorm: iNorm, gNorm: iNorm, i, f, g };
}

function readLayer(read: Reader, layer: number): ImageLayer {
  return {
    attnNorm: read.vector('attn_norm', layer),
    ...readMixer(read, layer),
    bound: read.fractions('bound', layer),
    outNorm: read.vector('out_norm', layer),
    oNorm: read.vector('o_norm', layer),
    o: read.matrix('o_proj', layer),
    mlpNorm: read.vector('mlp_norm', layer),
    gateNorm: read.vector('gate_norm', layer),
    gate: read.matrix('gate_proj', layer),
    downNorm: read.vector('down_norm', layer),
    down: read.matrix('down_proj', layer),
  };
}

/** Reads an image; throws an ImageFault with the status that a device would answer. Bytes behind its end are ignored. */
export function readImage(bytes: Uint8Array): Image {
  const header = checkEnvelope(bytes);
  const shape = checkShape(header);
  const entries = checkDirectory(bytes, header, shape);
  const read = tensorReader(bytes, entries);
  const ends =
    shape.embeddingDigits > 0 ? readDigits(read) : { embedding: read.embedding(), head: read.matrix('head') };
  const parts = {
    ...ends,
    layers: Array.from({ length: shape.layers }, (_, layer) => readLayer(read, layer)),
    finalNorm: read.vector('final_norm'),
    headNorm: read.vector('head_norm'),
  };
  const tokenizer = readTokenizerSection(bytes, header, shape.vocab);
  if (tokenizer === undefined) throw new ImageFault('bad_tokenizer', 'its tables contradict each other');
  const hashAt = layoutOf(contract.headerFields).offsets['checkpoint_hash']!;
  return {
    name: readText(contract.headerFields, 'name', bytes),
    bytes: header['image_bytes']!,
    crc32: header['crc32']!,
    version: header['version']!,
    checkpointHash: Buffer.from(bytes.subarray(hashAt, hashAt + 32)).toString('hex'),
    shape,
    bos: header['bos']!,
    eos: header['eos']!,
    tableGroups: header['table_groups']!,
    copied: { offset: header['copied_offset']!, bytes: header['copied_bytes']! },
    normEps: scaleAt(header, 'norm_eps'),
    linearEps: scaleAt(header, 'bitlinear_eps'),
    inverseHidden: scaleAt(header, 'inv_hidden'),
    inverseInner: scaleAt(header, 'inv_inner'),
    inverseIntermediate: scaleAt(header, 'inv_intermediate'),
    ...parts,
    tokenizer,
    tokenizerBytes: header['tokenizer_bytes']!,
    entries,
  };
}
