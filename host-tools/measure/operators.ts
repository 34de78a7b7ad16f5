// The operators that a profile tells apart, by the functions of the firmware that do their work: the one table of them.

import type { CodeFunction } from '../toolchain/elf.ts';

export interface Operator {
  /** A word without spaces: the emulator counts under it. */
  readonly name: string;
  /** For people. */
  readonly title: string;
  /** Whether it is a part of the products with ternary matrices. */
  readonly isProduct: boolean;
  /** Kernels, as functions and files are called; what another file may call besides has tlm_ before its name. */
  readonly kernels: RegExp;
}

/** Each file of firmware/kernels belongs to exactly one of these, and so does what it keeps to itself. */
export const operators: readonly Operator[] = [
  { name: 'look-ups', title: 'look-ups', isProduct: true, kernels: /^lookup_/ },
  { name: 'tables', title: 'tables', isProduct: true, kernels: /^table_/ },
  {
    name: 'driver',
    title: 'product driver',
    isProduct: true,
    kernels: /^(gemv|parallel|hand_over|await|avx2)/, // SIMD has products of its own, without tables.
  },
  { name: 'row-scales', title: 'row scales', isProduct: true, kernels: /^scale_rows_/ },
  {
    name: 'norms',
    title: 'norms and quantisation',
    isProduct: false,
    kernels: /^(norm|quantize|square_sum|bits)_/,
  },
  { name: 'gates', title: 'gates and recurrence', isProduct: false, kernels: /^(gate|recur|sigmoid|silu)/ },
  { name: 'stream', title: 'embedding and residual', isProduct: false, kernels: /^(add|digits|embed)_/ },
];

/** Whatever else is done between token in and logits ready; the emulator's name for it. */
export const otherOperator = { name: 'other', title: 'scalars and control', isProduct: false } as const;

/** What a function or a file without its ending works for; undefined for what is no kernel. */
export function operatorOf(name: string): Operator | undefined {
  return operators.find(({ kernels }) => kernels.test(name.replace(/^tlm_/, '')));
}

/** Functions that only their file knows may be called anything, also like a kernel; the files of assembly are not told. */
function operatorOfFunction({ name, file }: CodeFunction): Operator | undefined {
  return operatorOf(file?.endsWith('.c') ? file.slice(0, -2) : name);
}

/** The code of the operators as ranges of addresses in order, as few as there can be. */
export function rangesOf(functions: readonly CodeFunction[]): { name: string; start: number; end: number }[] {
  const ranges: { name: string; start: number; end: number }[] = [];
  let before: string | undefined;
  let reached = 0;
  for (const one of [...functions].sort((a, b) => a.start - b.start || b.end - a.end)) {
    if (one.start < reached) continue; // Another name of the same code.
    const name = operatorOfFunction(one)?.name;
    if (name !== undefined && name === before) ranges.at(-1)!.end = one.end;
    else if (name !== undefined) ranges.push({ name, start: one.start, end: one.end });
    [before, reached] = [name, one.end];
  }
  return ranges;
}
