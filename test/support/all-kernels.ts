// Every kernel that has vectors: what it computes, on which cases, and which core classes have it.
import type { Named } from './gemv-cases.ts';
import { kernelCases } from './kernel-cases.ts';
import { kernelOperators } from './kernel-operators.ts';
import type { Arguments, Results } from './kernel-signatures.ts';
import { lookupKernelCases, lookupOperators } from './lookup-operators.ts';
import type { Random } from './random-integers.ts';

export interface TestedKernel {
  readonly kernel: string;
  /** Of its cases. */
  readonly seed: number;
  readonly cases: (random: Random) => Named[];
  readonly operator: (args: Arguments) => Results;
  /** Whether it is one of lookup.h, which not every core class has. */
  readonly isLookup: boolean;
}

const tested = (
  all: Readonly<Record<string, TestedKernel['cases']>>,
  operators: Readonly<Record<string, TestedKernel['operator']>>,
  isLookup: boolean,
): TestedKernel[] =>
  Object.entries(all).map(([kernel, cases], i) => ({
    kernel,
    seed: (isLookup ? 1000 : 0) + i + 1,
    cases,
    operator: operators[kernel]!,
    isLookup,
  }));

export const allKernels: readonly TestedKernel[] = [
  ...tested(kernelCases, kernelOperators, false),
  ...tested(lookupKernelCases, lookupOperators, true),
];
