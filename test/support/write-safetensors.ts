// Writes safetensors files for tests: right ones, and headers that lie.
import { writeFileSync } from 'node:fs';

export type Dtype = 'F32' | 'F16' | 'BF16' | 'F8_E4M3';

export interface Tensor {
  shape: readonly number[];
  /** Values that the dtype can hold; others are rounded to it. */
  values: ArrayLike<number>;
  dtype?: Dtype;
}

/** The bytes of a file: 8 bytes of header length, JSON header, data in the order of the names given. */
export function encodeSafetensors(tensors: Readonly<Record<string, Tensor>>): Uint8Array {
  const header: Record<string, unknown> = { __metadata__: { format: 'pt' } };
  const parts: Uint8Array[] = [];
  let offset = 0;
  for (const [name, tensor] of Object.entries(tensors)) {
    const dtype = tensor.dtype ?? 'F32';
    const bytes = encodeValues(tensor.values, dtype);
    header[name] = { dtype, shape: tensor.shape, data_offsets: [offset, offset + bytes.length] };
    parts.push(bytes);
    offset += bytes.length;
  }
  return encodeRaw(JSON.stringify(header), Buffer.concat(parts));
}

/** Any header before any data. */
export function encodeRaw(header: string, data: Uint8Array): Uint8Array {
  const text = Buffer.from(header);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, data]);
}

export function writeSafetensors(path: string, tensors: Readonly<Record<string, Tensor>>): void {
  writeFileSync(path, encodeSafetensors(tensors));
}

function encodeValues(values: ArrayLike<number>, dtype: Dtype): Uint8Array {
  const bytes = Buffer.alloc(values.length * { F32: 4, F16: 2, BF16: 2, F8_E4M3: 1 }[dtype]);
  for (let i = 0; i < values.length; i++) {
    if (dtype === 'F32') bytes.writeFloatLE(values[i]!, 4 * i);
    else if (dtype === 'F16') bytes.writeUInt16LE(halfBits(values[i]!), 2 * i);
    else if (dtype === 'BF16') bytes.writeUInt16LE(brainBits(values[i]!), 2 * i);
    else bytes.writeUInt8(eightBits(values[i]!), i);
  }
  return bytes;
}

/** The nearest binary16, ties to even; past its range infinity. */
export function halfBits(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (Number.isNaN(value)) return 0x7e00;
  if (size >= 65520) return sign | 0x7c00;
  const exponent = Math.max(-14, Math.floor(Math.log2(size || 2 ** -14)));
  const steps = roundHalfEven(size / 2 ** (exponent - 10)); // A carry into the exponent comes out right by itself.
  return sign | (exponent === -14 ? steps : ((exponent + 15) << 10) + steps - 1024);
}

/** The nearest E4M3 of a number within ±448, ties to even. */
export function eightBits(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x80 : 0;
  const size = Math.abs(value);
  const exponent = Math.max(-6, Math.floor(Math.log2(size || 2 ** -6)));
  const steps = roundHalfEven(size / 2 ** (exponent - 3));
  return Number.isNaN(value) ? 0x7f : sign | (exponent === -6 ? steps : ((exponent + 7) << 3) + steps - 8);
}

/** The nearest bfloat16 of a finite float32, ties to even. */
function brainBits(value: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setFloat32(0, value);
  const bits = view.getUint32(0);
  return ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16) & 0xffff;
}

function roundHalfEven(value: number): number {
  const down = Math.floor(value);
  const rest = value - down;
  return rest > 0.5 || (rest === 0.5 && down % 2 === 1) ? down + 1 : down;
}
