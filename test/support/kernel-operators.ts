// What each kernel must compute, by the operators of the compiler.
import { groupsOf, matrixBytes, unpackMatrix } from '../../host-tools/compiler/layouts.ts';
import * as fixed from '../../host-tools/compiler/fixed.ts';
import * as operators from '../../host-tools/compiler/operators.ts';
import type { Packing } from '../../host-tools/compiler/layouts.ts';
import type { Arguments, Numbers, Results } from './kernel-signatures.ts';

const number = (args: Arguments, key: string): number => args[key] as number;
const array = (args: Arguments, key: string): Numbers => (args[key] ?? []) as Numbers;
const words = (args: Arguments, key: string): Int32Array => Int32Array.from(array(args, key));

const rowsOf = (packing: Packing, args: Arguments, rows: number): Int8Array => {
  const [columns, chunk] = [number(args, 'columns'), number(args, 'chunk')];
  const packed = Uint8Array.from(array(args, 'w'));
  if (packed.length !== matrixBytes(packing, rows, columns)) throw new Error('A matrix has other bytes.');
  return unpackMatrix(packing, packed, rows, columns, chunk)!;
};

function gemv(packing: Packing, args: Arguments): Results {
  const trits = rowsOf(packing, args, number(args, 'rows'));
  return { y: [...operators.matVec(trits, Int8Array.from(array(args, 'x')))] };
}

/** The arguments of a product of one chunk. */
const withChunk = (packing: Packing, args: Arguments): Arguments => ({
  ...args,
  chunk: groupsOf(packing, number(args, 'columns')),
});

function gemvPair(packing: Packing, args: Arguments): Results {
  const trits = rowsOf(packing, args, number(args, 'rows'));
  const x = Int8Array.from(array(args, 'x'));
  const half = x.length / 2;
  return {
    y0: [...operators.matVec(trits, x.subarray(0, half))],
    y1: [...operators.matVec(trits, x.subarray(half))],
  };
}

/** One row of integers out of all of them. */
function digits(packing: Packing, args: Arguments): Results {
  const [index, n, columns] = [number(args, 'index'), number(args, 'digits'), number(args, 'columns')];
  const trits = rowsOf(packing, args, number(args, 'rows') * n);
  const length = n * columns;
  return { row: [...operators.rowOfDigits(trits.subarray(index * length, (index + 1) * length), n)] };
}

function embedding(args: Arguments, row: Int8Array | Int16Array): Results {
  return { x: [...operators.embed(row, number(args, 'scale'), number(args, 'shift'))] };
}

/** A sum as its lower and its upper word. */
const long = (value: number): number[] => [value % 2 ** 32, Math.floor(value / 2 ** 32)];

const unit = (args: Arguments, prefix = ''): operators.Unit => ({
  room: number(args, `${prefix}room`),
  scale: { m: number(args, `${prefix}m`), e: number(args, `${prefix}e`) },
});

const shifted = (values: Int32Array, shift: number): Int32Array => values.map((value) => value << shift);

const withBits = (name: string, values: Int32Array): Results => ({
  [name]: [...values],
  bits: [fixed.bitsOf(values)],
});

function norm(args: Arguments): Results {
  const wide = { values: shifted(words(args, 'in'), number(args, 'shift')), unit: fixed.powerOfTwo(0) };
  const product = (key: string): Int32Array => {
    const weights = { values: Int16Array.from(array(args, key)), unit: fixed.powerOfTwo(0) };
    return operators.mulWeights(wide, weights).values;
  };
  const z = product('weights');
  const squared = array(args, 'outer').length === 0 ? wide.values : product('outer');
  return {
    z: [...z],
    squares: long(operators.squareSum(squared)),
    largest: [operators.quantizeTo8(z).largest],
  };
}

function recur(args: Arguments): Results {
  const h = words(args, 'h');
  const rows = (name: string): operators.Rows => ({
    values: words(args, name),
    unit: unit(args, `${name}_`),
  });
  const bound = array(args, 'bound');
  const fractions = bound.length === 0 ? undefined : Uint16Array.from(bound);
  const open = operators.recur(h, rows('gate'), fractions, rows('input'));
  return { h: [...h], ...withBits('open', open) };
}

/** The product alone: shift and bits are those of the vectors. */
function gate(args: Arguments): Results {
  const [open, factors] = [words(args, 'open'), words(args, 'factors')];
  const isTrue =
    number(args, 'shift') === operators.widen(open).shift &&
    number(args, 'factor_bits') === fixed.bitsOf(factors);
  if (!isTrue) throw new Error('A case of gate_s32 has the bits of other vectors.');
  return withBits('out', operators.gate(open, factors, fixed.powerOfTwo(0)).values);
}

function add(args: Arguments): Results {
  const x = words(args, 'x');
  operators.addResidual(x, { values: words(args, 'in'), unit: unit(args) });
  return withBits('x', x);
}

/** One for every kernel of kernels.h. */
export const kernelOperators: Readonly<Record<string, (args: Arguments) => Results>> = {
  gemv_s8_t2: (args) => gemv('t2', args),
  gemv_s8_t5: (args) => gemv('t5', args),
  gemv_more_s8_t2: (args) => gemv('t2', withChunk('t2', args)),
  gemv_more_s8_t5: (args) => gemv('t5', withChunk('t5', args)),
  gemv_pair_s8_t2: (args) => gemvPair('t2', args),
  gemv_pair_s8_t5: (args) => gemvPair('t5', args),
  bits_s32: (args) => ({ bits: [fixed.bitsOf(words(args, 'in'))] }),
  square_sum_s32: (args) => ({
    sum: long(operators.squareSum(shifted(words(args, 'in'), number(args, 'shift')))),
  }),
  norm_s32: norm,
  quantize_s32_s8: (args) => {
    const { q, largest } = operators.quantizeTo8(words(args, 'z'));
    if (largest !== number(args, 'largest'))
      throw new Error('A case of quantize_s32_s8 names another largest.');
    return { q: [...q] };
  },
  scale_rows_s32: (args) => {
    const [n, columns] = [number(args, 'digits'), number(args, 'columns')];
    const scales = Int16Array.from(array(args, 'scales'));
    return { out: [...operators.scaleRows(words(args, 'sums'), columns, n, scales)] };
  },
  recur_s32: recur,
  silu_s32: (args) => {
    const q16 = words(args, 'in').map((value) => operators.toQ16(value, unit(args)));
    return withBits('out', q16.map(operators.silu));
  },
  gate_s32: gate,
  add_s32: add,
  digits_t2: (args) => digits('t2', args),
  digits_t5: (args) => digits('t5', args),
  embed_e8: (args) => embedding(args, Int8Array.from(array(args, 'row'))),
  embed_e16: (args) => embedding(args, Int16Array.from(array(args, 'row'))),
};
