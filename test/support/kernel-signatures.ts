// What the kernel harness takes and gives for each kernel, and cases as its bytes.

export type ElementType = 'u8' | 's8' | 'u16' | 's16' | 'u32' | 's32';
export type Numbers = readonly number[];

/** Arguments in the order of the harness: words first, then arrays. Results likewise. */
export interface Signature {
  readonly words: readonly string[];
  readonly arrays: Readonly<Record<string, ElementType>>;
  readonly results: Readonly<Record<string, ElementType>>;
}

/** Arguments by name. An array that is not there is one without elements. */
export type Arguments = Readonly<Record<string, number | Numbers>>;
/** Results by name. A sum of 64 bits is two words, the lower one first. */
export type Results = Readonly<Record<string, Numbers>>;

/** One case: arguments and results by name. */
export interface KernelCase {
  readonly name: string;
  readonly in: Arguments;
  readonly out: Results;
}

const unit = ['room', 'm', 'e'] as const;
const gemv: Signature = {
  words: ['rows', 'columns', 'chunk'],
  arrays: { w: 'u8', x: 's8' },
  results: { y: 's32' },
};
/** `first` rows, a multiple of four, by the product itself, the others by the kernel. */
const gemvMore: Signature = {
  words: ['rows', 'columns', 'first'],
  arrays: { w: 'u8', x: 's8' },
  results: { y: 's32' },
};
const gemvPair: Signature = {
  words: ['rows', 'columns', 'chunk', 'table_groups'],
  arrays: { w: 'u8', x: 's8' },
  results: { y0: 's32', y1: 's32' },
};
const table: Signature = { words: [], arrays: { x: 's8' }, results: { table: 'u16' } };
const tablePair: Signature = { words: [], arrays: { x0: 's8', x1: 's8' }, results: { table: 'u16' } };
const digits: Signature = {
  words: ['index', 'digits', 'rows', 'columns', 'chunk'],
  arrays: { w: 'u8' },
  results: { row: 's8' },
};

/** Of the kernels of kernels.h. Twin: the runners in test/support/kernel-harness/. */
export const kernelSignatures: Readonly<Record<string, Signature>> = {
  gemv_s8_t2: gemv,
  gemv_s8_t5: gemv,
  gemv_more_s8_t2: gemvMore,
  gemv_more_s8_t5: gemvMore,
  gemv_pair_s8_t2: gemvPair,
  gemv_pair_s8_t5: gemvPair,
  bits_s32: { words: [], arrays: { in: 's32' }, results: { bits: 'u32' } },
  square_sum_s32: { words: ['shift'], arrays: { in: 's32' }, results: { sum: 'u32' } },
  norm_s32: {
    words: ['shift'],
    arrays: { in: 's32', outer: 's16', weights: 's16' },
    results: { z: 's32', squares: 'u32', largest: 'u32' },
  },
  quantize_s32_s8: { words: ['largest'], arrays: { z: 's32' }, results: { q: 's8' } },
  scale_rows_s32: {
    words: ['columns', 'digits'],
    arrays: { sums: 's32', scales: 's16' },
    results: { out: 's32' },
  },
  recur_s32: {
    words: [...unit.map((name) => `gate_${name}`), ...unit.map((name) => `input_${name}`)],
    arrays: { h: 's32', gate: 's32', bound: 'u16', input: 's32' },
    results: { h: 's32', open: 's32', bits: 'u32' },
  },
  silu_s32: { words: unit, arrays: { in: 's32' }, results: { out: 's32', bits: 'u32' } },
  gate_s32: {
    words: ['shift', 'factor_bits'],
    arrays: { open: 's32', factors: 's32' },
    results: { out: 's32', bits: 'u32' },
  },
  add_s32: { words: unit, arrays: { x: 's32', in: 's32' }, results: { x: 's32', bits: 'u32' } },
  digits_t2: digits,
  digits_t5: digits,
  embed_e8: { words: ['scale', 'shift'], arrays: { row: 's8' }, results: { x: 's32' } },
  embed_e16: { words: ['scale', 'shift'], arrays: { row: 's16' }, results: { x: 's32' } },
};

/** Of the kernels of lookup.h, which a core class has whose products look tables up. */
export const lookupSignatures: Readonly<Record<string, Signature>> = {
  table_s8_t2: table,
  table_s8_t5: table,
  table_pair_s8_t2: tablePair,
  table_pair_s8_t5: tablePair,
  lookup_u16: {
    words: ['groups', 'seed', 'bias', 'adds'],
    arrays: { y: 's32', w: 'u8' },
    results: { y: 's32' },
  },
  lookup_pair_u32: {
    words: ['groups', 'stride', 'seed', 'bias', 'adds'],
    arrays: { y0: 's32', y1: 's32', w: 'u8' },
    results: { y0: 's32', y1: 's32' },
  },
};

const signatures: Readonly<Record<string, Signature>> = {
  ...kernelSignatures,
  ...lookupSignatures,
  fixed: { words: [], arrays: { rows: 'u32' }, results: { values: 'u32' } },
  // Of test/bench, whose harness has it beside the kernels.
  dense_s8: { words: ['rows', 'columns'], arrays: { w: 's8', x: 's8' }, results: { y: 's32' } },
};

const typedArrays = {
  u8: Uint8Array,
  s8: Int8Array,
  u16: Uint16Array,
  s16: Int16Array,
  u32: Uint32Array,
  s32: Int32Array,
} as const;

function word(value: number): Buffer {
  return Buffer.from(Uint32Array.of(value >>> 0).buffer);
}

/** A case as the harness reads it. Twin: test/support/kernel-harness/harness.h. */
export function encodeCase(kernel: string, args: Arguments): Buffer {
  const { words, arrays } = signatures[kernel]!;
  const name = Buffer.alloc(32);
  name.write(kernel);
  return Buffer.concat([
    name,
    ...words.map((key) => word(args[key] as number)),
    ...Object.entries(arrays).flatMap(([key, type]) => {
      const bytes = Buffer.from(typedArrays[type].from((args[key] ?? []) as Numbers).buffer);
      return [word(bytes.length), bytes, Buffer.alloc(-bytes.length & 3)];
    }),
  ]);
}

/** A line of the harness's answer. */
export function decodeLine(kernel: string, line: string): Record<string, number[]> {
  const fields = line.split(' ');
  return Object.fromEntries(
    Object.entries(signatures[kernel]!.results).map(([key, type], i) => {
      const bytes = Uint8Array.from(Buffer.from(fields[i] ?? '', 'hex'));
      return [key, Array.from(new typedArrays[type](bytes.buffer))];
    }),
  );
}
