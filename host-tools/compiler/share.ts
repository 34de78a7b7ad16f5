// BitLinears that see the same activations become one matrix: i, f and g of a token mixer, where their norms are equal.
import { maxRows } from '../contracts/image.ts';
import type { IntegerTensor } from './pack.ts';
import type { TensorKind } from '../contracts/image.ts';

/** Whether two norms give the same activations: they are equal as integers. */
function areEqual(a: IntegerTensor, b: IntegerTensor): boolean {
  const isSameUnit = a.scale.m === b.scale.m && a.scale.e === b.scale.e;
  return isSameUnit && a.values.every((value, i) => value === b.values[i]);
}

const leftOut = (tensor: IntegerTensor): IntegerTensor => ({
  slot: { ...tensor.slot, rows: 0 },
  values: new Int8Array(),
  scale: tensor.scale,
});

function joined<Values extends Int8Array | Int16Array>(parts: readonly Values[], all: Values): Values {
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** The rows of i, f and g in one matrix. It has the scale of i; the others keep theirs in their own, empty entries. */
function fuse(matrices: readonly IntegerTensor[]): IntegerTensor {
  const [i] = matrices;
  const values = matrices.map((matrix) => matrix.values as Int8Array);
  const scales = matrices.flatMap(({ rowScales }) => (rowScales ? [rowScales] : []));
  const length = (parts: readonly { length: number }[]): number =>
    parts.reduce((sum, part) => sum + part.length, 0);
  return {
    slot: { ...i!.slot, rows: 3 * i!.slot.rows },
    values: joined(values, new Int8Array(length(values))),
    scale: i!.scale,
    ...(scales.length > 0 && { rowScales: joined(scales, new Int16Array(length(scales))) }),
  };
}

/** The tensors of one layer, with i, f and g as one matrix where they see the same activations. No number changes. */
export function shareActivations(layer: readonly IntegerTensor[]): IntegerTensor[] {
  const of = (kind: TensorKind): IntegerTensor => layer.find(({ slot }) => slot.kind === kind)!;
  const norm = of('i_norm');
  const matrices = (['i_proj', 'f_proj', 'g_proj'] as const).map(of);
  const isShared = areEqual(norm, of('f_norm')) && areEqual(norm, of('g_norm'));
  if (!isShared || 3 * matrices[0]!.slot.rows > maxRows) return [...layer];
  return layer.map((tensor) => {
    if (tensor === matrices[0]) return fuse(matrices);
    return /^[fg]_(norm|proj)$/.test(tensor.slot.kind) ? leftOut(tensor) : tensor;
  });
}
