// The image: the bytes of a model as they lie in flash. Twin: firmware/gen/image.h, written from this file by `npm run gen`.
//
// Little-endian. Every offset is from the start of the image; every section starts on a multiple of 4.
//
//   offset     bytes      what
//        0       136      header (headerFields)
//      136   24 * n       directory: one entry a tensor (entryFields), in the order of tensorOrder()
//        …         …      tensors, in the order of the directory, padded to 4 with zeros
//        …         …      tokenizer (tokenizerFields, then its tables)
//        …         …      end of the image, a multiple of 4
import type { CField } from './c-header.ts';

/** "TERN" read as a little-endian word. */
export const imageMagic = 0x4e52_4554;
/** Grows by one with each change that another loader would misread; only this one is read. */
export const imageVersion = 3;
export const headerBytes = 136;
export const entryBytes = 24;
/** `layer` of a tensor that belongs to no layer. */
export const noLayer = 0xffff;
/** Trits of one `t5` byte, and rows of one `t5` word. */
export const tritsPerByte = { t2: 4, t5: 5 } as const;
export const rowsPerWord = 4;
/** Entries of the look-up table of one group, whatever the packing. */
export const tableEntries = 256;
/** Bytes of that table. */
export const tableBytesPerGroup = 2 * tableEntries;
/** The most groups of one chunk. */
export const maxChunkGroups = 64;
export const maxLayers = 1024;
/** Balanced ternary digits of a weight. */
export const maxDigits = 3;
/** Rows of a tensor, a u16. */
export const maxRows = 0xffff;
/** I; the rows of gate_proj, twice as many, are a u16. */
export const maxIntermediate = 0x7fff;
/** What a scale's exponent may be, so that no product of scales leaves 32 bits. */
export const scaleExponents = { least: -96, most: 32 } as const;

/** A scale takes 4 bytes: u16 mantissa, i16 exponent; docs/integer.md §2. */
function scale(name: string, note: string): readonly CField[] {
  return [
    { name: `${name}_m`, type: 'u16', note: `${note}: mantissa` },
    { name: `${name}_e`, type: 'i16', note: `${note}: exponent` },
  ];
}

export const headerFields: readonly CField[] = [
  { name: 'magic', type: 'u32', note: '"TERN"' },
  { name: 'version', type: 'u16', note: 'imageVersion' },
  { name: 'header_bytes', type: 'u16', note: '136' },
  { name: 'image_bytes', type: 'u32', note: 'all of the image' },
  { name: 'crc32', type: 'u32', note: 'CRC-32 (IEEE 802.3) of bytes 0 to 11 and 16 to the end' },
  { name: 'n_layers', type: 'u16', note: 'L' },
  { name: 'vocab', type: 'u16', note: 'V' },
  { name: 'hidden', type: 'u16', note: 'H' },
  { name: 'inner', type: 'u16', note: 'D' },
  { name: 'intermediate', type: 'u16', note: 'I' },
  { name: 'n_tensors', type: 'u16', note: 'entries of the directory' },
  { name: 'bos', type: 'u16', note: 'id that starts a text' },
  { name: 'eos', type: 'u16', note: 'id that ends one' },
  ...scale('norm_eps', 'epsilon of the outer norms'),
  ...scale('bitlinear_eps', 'epsilon of the norm inside a BitLinear'),
  ...scale('inv_hidden', '1 / H'),
  ...scale('inv_inner', '1 / D'),
  ...scale('inv_intermediate', '1 / I'),
  { name: 'tokenizer_offset', type: 'u32', note: 'from the start of the image' },
  { name: 'tokenizer_bytes', type: 'u32', note: 'of the section' },
  {
    name: 'table_groups',
    type: 'u16',
    note: 'at least the most groups of any chunk: room of the tables of a pair',
  },
  { name: 'embedding_digits', type: 'u8', note: 'of the embedding, which then is the head; 0 = it has rows' },
  { name: 'weight_digits', type: 'u8', note: 'of the other matrices, with row scales; 0 = they hold trits' },
  { name: 'checkpoint_hash', type: 'u8', count: 32, note: 'SHA-256 of the weights it was made from' },
  { name: 'name', type: 'char', count: 32, note: 'name of the model, ASCII, zero-padded' },
  {
    name: 'copied_offset',
    type: 'u32',
    note: 'of the tensors that the device copies to RAM, from the start of the image',
  },
  { name: 'copied_bytes', type: 'u32', note: 'of them; 0: everything is read in place' },
];

export const entryFields: readonly CField[] = [
  { name: 'kind', type: 'u8', note: 'tensorKinds' },
  { name: 'layout', type: 'u8', note: 'layouts' },
  { name: 'layer', type: 'u16', note: 'layer, or 0xffff' },
  { name: 'offset', type: 'u32', note: 'from the start of the image' },
  { name: 'bytes', type: 'u32', note: 'without padding' },
  { name: 'rows', type: 'u16', note: 'length of a vector; 0 = left out' },
  { name: 'cols', type: 'u16', note: '1 for a vector' },
  ...scale('scale', 'value of one unit (of one trit times 127, for a matrix)'),
  {
    name: 'chunk_groups',
    type: 'u16',
    note: 'groups of one chunk of a matrix, 1 to 64; 0 for vectors and rows',
  },
  { name: 'reserved', type: 'u16', note: '0' },
];

/** How the elements of a tensor lie in its bytes; compiler/layouts.ts packs and unpacks them. */
export const layouts = {
  /** int16 vector. */
  s16: 0,
  /** uint16 vector, Q16 fractions. */
  u16: 1,
  /** Rows of int8 with an int16 scale each: scales [rows] padded to 4 bytes, then [rows][cols]. */
  e8: 2,
  /** Trits, 2 bits each, by chunk of groups, block of 4 rows, group of 4 columns: [chunks][ceil(rows / 4)][chunk groups][4]. */
  t2: 3,
  /** The same with groups of 5 columns, 5 trits a byte. */
  t5: 4,
  /** As e8, with int16 elements, padded to 4 bytes at the end. */
  e16: 5,
  /** Rows of digits, each digit a row of trits as t2: scales as in e8, then [rows][digits] rows, the highest digit first. */
  r2: 6,
  /** The same with the trits as t5. */
  r5: 7,
} as const;
export type Layout = keyof typeof layouts;

/** What a tensor is. The names are those of MODEL.md §3; `bound` is 1 − lower bound, left out where the bound is 0. */
export const tensorKinds = {
  embedding: 0,
  attn_norm: 1,
  i_norm: 2,
  f_norm: 3,
  g_norm: 4,
  i_proj: 5,
  f_proj: 6,
  g_proj: 7,
  bound: 8,
  out_norm: 9,
  o_norm: 10,
  o_proj: 11,
  mlp_norm: 12,
  gate_norm: 13,
  gate_proj: 14,
  down_norm: 15,
  down_proj: 16,
  final_norm: 17,
  head_norm: 18,
  head: 19,
} as const;
export type TensorKind = keyof typeof tensorKinds;

/** The sizes that fix every shape. */
export interface ImageShape {
  readonly layers: number;
  readonly vocab: number;
  readonly hidden: number;
  readonly inner: number;
  readonly intermediate: number;
  /** Balanced ternary digits of the embedding, which then is the head; 0 where it has rows, and the head is a matrix. */
  readonly embeddingDigits: number;
  /** Of a weight of the other matrices, which then have a scale a row; 0 where they hold trits and have one scale. */
  readonly weightDigits: number;
}

/** One tensor that an image must hold. */
export interface TensorSlot {
  readonly kind: TensorKind;
  readonly layer: number;
  /** 0: it is left out. */
  readonly rows: number;
  readonly cols: number;
  readonly holds: 'vector' | 'fractions' | 'rows' | 'digits' | 'trits';
  /** Rows of trits a row; 1 but for digits. */
  readonly digits: number;
}

/** Rows and columns of each kind, as letters of ImageShape; the directory of one layer is in this order. */
export const layerTensors = [
  ['attn_norm', 'vector', 'hidden', 'one'],
  ['i_norm', 'vector', 'hidden', 'one'],
  ['f_norm', 'vector', 'hidden', 'one'],
  ['g_norm', 'vector', 'hidden', 'one'],
  ['i_proj', 'trits', 'inner', 'hidden'],
  ['f_proj', 'trits', 'inner', 'hidden'],
  ['g_proj', 'trits', 'inner', 'hidden'],
  ['bound', 'fractions', 'inner', 'one'],
  ['out_norm', 'vector', 'inner', 'one'],
  ['o_norm', 'vector', 'inner', 'one'],
  ['o_proj', 'trits', 'hidden', 'inner'],
  ['mlp_norm', 'vector', 'hidden', 'one'],
  ['gate_norm', 'vector', 'hidden', 'one'],
  ['gate_proj', 'trits', 'gates', 'hidden'],
  ['down_norm', 'vector', 'intermediate', 'one'],
  ['down_proj', 'trits', 'hidden', 'intermediate'],
] as const satisfies readonly (readonly [TensorKind, TensorSlot['holds'], string, string])[];

/** The tensors before and after the layers. */
export const outerTensors = {
  first: [['embedding', 'rows', 'vocab', 'hidden']],
  last: [
    ['final_norm', 'vector', 'hidden', 'one'],
    ['head_norm', 'vector', 'hidden', 'one'],
    ['head', 'trits', 'vocab', 'hidden'],
  ],
} as const;

/**
 * Every tensor of an image, in the order of its directory. In a layer that shares, i, f and g see the same activations:
 * i_proj holds the rows of all three, and f and g have no norms of their own.
 */
export function tensorOrder(
  shape: ImageShape,
  shares: (layer: number) => boolean = () => false,
): TensorSlot[] {
  const sizes: Record<string, number> = { ...shape, gates: 2 * shape.intermediate, one: 1 };
  const slot = (
    row: readonly [TensorKind, TensorSlot['holds'], string, string],
    layer: number,
  ): TensorSlot => ({
    kind: row[0],
    layer,
    rows: sizes[row[2]] ?? 0,
    cols: sizes[row[3]] ?? 0,
    holds: row[1],
    digits: 1,
  });
  const layers = Array.from({ length: shape.layers }, (_, layer) =>
    layerTensors.map((row) => (shares(layer) ? shared(slot(row, layer)) : slot(row, layer))),
  );
  const outer = [...outerTensors.first, ...outerTensors.last].map((row) => slot(row, noLayer));
  return [...outer.slice(0, 1), ...layers.flat(), ...outer.slice(1)].map((one) => withDigits(one, shape));
}

function shared(slot: TensorSlot): TensorSlot {
  if (slot.kind === 'i_proj') return { ...slot, rows: 3 * slot.rows };
  return /^[fg]_(norm|proj)$/.test(slot.kind) ? { ...slot, rows: 0 } : slot;
}

/** The matrices that hold digits; an embedding of digits leaves no matrix for the head. */
function withDigits(slot: TensorSlot, { embeddingDigits, weightDigits }: ImageShape): TensorSlot {
  const isEmbedding = slot.kind === 'embedding';
  const digits = isEmbedding ? embeddingDigits : slot.holds === 'trits' ? weightDigits : 0;
  const rows = slot.kind === 'head' && embeddingDigits > 0 ? 0 : slot.rows;
  return digits === 0 ? { ...slot, rows } : { ...slot, rows, holds: 'digits', digits };
}

/** How a text is cut into words before byte pairs are merged; the device implements exactly these. */
export const preTokenizers = { asciiWords: 0, metaspace: 1 } as const;
/** When a text gets a space in front. An empty one never does. */
export const textPrefixes = { none: 0, always: 1, unlessSpace: 2 } as const;
/** A word of more symbols than this is refused, on the host and on the device. */
export const wordSymbolsMax = 256;

/** The most bytes that a token without text of its own writes. */
export const madeBytesMax = 128;
/** The most right parts that wait at once while it is spelt out, left parts first. */
export const madeWaitsMax = 32;

/**
 * Head of the tokenizer section. A token is either made by a merge and writes what its two parts write, or has a text of
 * its own, which may be empty. Then, in a row: offsets u32 [n_tokens − n_made + 1] into the text of those, by rising id;
 * characters of two bytes or more (characterFields) sorted by their bytes; merges (mergeFields) by rank, the least first;
 * ids of the single bytes u16 [256]; ranks u16 [n_merges] sorted by left then right. Only where first_result is noToken:
 * results u16 [n_merges] by rank, and ranks u16 [n_made] of the merges that make a token, sorted by it. Last the text.
 */
export const tokenizerFields: readonly CField[] = [
  { name: 'pre_tokenizer', type: 'u16', note: 'preTokenizers' },
  { name: 'prefix', type: 'u16', note: 'textPrefixes' },
  { name: 'n_tokens', type: 'u16', note: 'at most V' },
  { name: 'n_merges', type: 'u16', note: 'pairs that merge' },
  { name: 'first_result', type: 'u16', note: 'id that the first merge makes, the next the next; 65535 = no' },
  { name: 'n_made', type: 'u16', note: 'tokens without text of their own' },
  { name: 'n_characters', type: 'u32', note: 'characters of two bytes or more that have a symbol' },
  { name: 'text_bytes', type: 'u32', note: 'of the tokens that have their own' },
];
export const mergeFields: readonly CField[] = [
  { name: 'left', type: 'u16', note: 'id' },
  { name: 'right', type: 'u16', note: 'id' },
];
export const characterFields: readonly CField[] = [
  { name: 'bytes', type: 'u32', note: 'UTF-8, the first byte highest' },
  { name: 'id', type: 'u16', note: 'symbol' },
  { name: 'reserved', type: 'u16', note: '0' },
];
/** The id of a byte that has no symbol. */
export const noToken = 0xffff;
/** A rank is a u16. */
export const maxMerges = 0xffff;

/** CRC-32 of IEEE 802.3 (reflected 0xEDB88320), chained: pass the last result as `crc`. */
export function crc32(bytes: Uint8Array, crc = 0): number {
  let register = ~crc;
  for (const byte of bytes) {
    register ^= byte;
    for (let bit = 0; bit < 8; bit += 1) register = (register >>> 1) ^ (0xedb8_8320 & -(register & 1));
  }
  return ~register >>> 0;
}
