// Reads safetensors files: checks the whole header first, then one tensor at a time. Format: huggingface/safetensors, README "Format".
import { closeSync, existsSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { basename, join } from 'node:path';
import { UserError } from '../contracts/errors.ts';
import { parseJsonStrictly } from './json.ts';

/** The number formats that are read; each is widened to float32 exactly. */
export const dtypeBytes = { F32: 4, F16: 2, BF16: 2, F8_E4M3: 1 } as const;
export type Dtype = keyof typeof dtypeBytes;

/** Where one tensor lies: `begin` and `bytes` count from the start of the file. */
export interface TensorEntry {
  name: string;
  dtype: Dtype;
  shape: readonly number[];
  path: string;
  begin: number;
  bytes: number;
}

/** The tensors of a checkpoint by name, in the order of the files; nothing but the headers has been read. */
export type TensorDirectory = ReadonlyMap<string, TensorEntry>;

const headerBytesMax = 100_000_000;
const rankMax = 8;

/** Opens `model.safetensors`, or the files of `model.safetensors.index.json`, in a folder. Throws a UserError. */
export function openTensors(folder: string): { tensors: TensorDirectory; files: readonly string[] } {
  const single = join(folder, 'model.safetensors');
  if (existsSync(single)) return { tensors: readDirectory(single), files: [single] };
  const index = join(folder, 'model.safetensors.index.json');
  if (existsSync(index)) return readIndex(folder, index);
  throw new UserError(
    `${folder} holds no weights: neither model.safetensors nor model.safetensors.index.json is there`,
    'A checkpoint folder holds config.json, the weights as safetensors and tokenizer.json.',
  );
}

/** Reads and checks the header of one file. Throws a UserError that names the file and, where there is one, the tensor. */
export function readDirectory(path: string): TensorDirectory {
  const file = basename(path);
  const { header, dataStart, fileBytes } = readHeader(path);
  const entries: TensorEntry[] = [];
  for (const [name, value] of Object.entries(header)) {
    if (name === '__metadata__') checkMetadata(file, value);
    else entries.push(readEntry(path, name, value, dataStart));
  }
  checkLayout(file, entries, dataStart, fileBytes);
  return new Map(entries.map((entry) => [entry.name, entry]));
}

function readHeader(path: string): { header: object; dataStart: number; fileBytes: number } {
  const file = basename(path);
  const handle = openFile(path);
  try {
    const fileBytes = fstatSync(handle).size;
    if (fileBytes < 8)
      throw new UserError(`${file} is truncated: ${fileBytes} bytes, the header's length alone takes 8`);
    const size = readExactly(handle, 0, 8, file);
    const headerBytes = Number(new DataView(size.buffer).getBigUint64(0, true));
    if (headerBytes > headerBytesMax) {
      throw new UserError(
        `${file} is no safetensors file: its header claims ${headerBytes} bytes, at most ${headerBytesMax} are read`,
      );
    }
    if (8 + headerBytes > fileBytes) {
      throw new UserError(
        `${file} is truncated: its header claims ${headerBytes} bytes, the file has ${fileBytes}`,
      );
    }
    const text = decodeUtf8(readExactly(handle, 8, headerBytes, file), file);
    if (!text.startsWith('{'))
      throw new UserError(`${file} is no safetensors file: its header does not begin with {`);
    const header = parseJsonStrictly(text, `the header of ${file}`);
    if (typeof header !== 'object' || header === null || Array.isArray(header)) {
      throw new UserError(`${file} is no safetensors file: its header is no JSON object`);
    }
    return { header, dataStart: 8 + headerBytes, fileBytes };
  } finally {
    closeSync(handle);
  }
}

function openFile(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (error) {
    throw new UserError(`${path} cannot be read: ${(error as NodeJS.ErrnoException).code ?? String(error)}`);
  }
}

function decodeUtf8(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new UserError(`${file} is no safetensors file: its header is not UTF-8`);
  }
}

function checkMetadata(file: string, value: unknown): void {
  const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (isMap && Object.values(value).every((text) => typeof text === 'string')) return;
  throw new UserError(`${file}: __metadata__ is no map of strings`);
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function readEntry(path: string, name: string, value: unknown, dataStart: number): TensorEntry {
  const where = `${basename(path)}: tensor ${name}`;
  const { dtype, shape, data_offsets: offsets } = (value ?? {}) as Record<string, unknown>;
  if (typeof dtype !== 'string' || !Object.hasOwn(dtypeBytes, dtype)) {
    throw new UserError(`${where} has dtype ${JSON.stringify(dtype)}; F32, F16, BF16 and F8_E4M3 are read`);
  }
  if (!Array.isArray(shape) || shape.length > rankMax || !shape.every(isCount)) {
    throw new UserError(
      `${where} has shape ${JSON.stringify(shape)}; up to ${rankMax} whole numbers are read`,
    );
  }
  if (
    !Array.isArray(offsets) ||
    offsets.length !== 2 ||
    !offsets.every(isCount) ||
    offsets[0]! > offsets[1]!
  ) {
    throw new UserError(
      `${where} has data_offsets ${JSON.stringify(offsets)}; two rising whole numbers are read`,
    );
  }
  const [begin, end] = offsets as [number, number];
  const needed = shape.reduce((product, size) => product * size, dtypeBytes[dtype as Dtype]);
  if (needed !== end - begin) {
    const found = `its shape [${shape.join(', ')}] of ${dtype} takes ${needed} bytes, its data_offsets span ${end - begin}`;
    throw new UserError(`${where} does not fit its place: ${found}`);
  }
  return { name, dtype: dtype as Dtype, shape, path, begin: dataStart + begin, bytes: needed };
}

/** The data must be covered from end to end: no overlap, no hole, nothing behind the last tensor. */
function checkLayout(
  file: string,
  entries: readonly TensorEntry[],
  dataStart: number,
  fileBytes: number,
): void {
  const sorted = [...entries].sort((a, b) => a.begin - b.begin || a.bytes - b.bytes);
  let end = dataStart;
  for (const entry of sorted) {
    const where = `${file}: tensor ${entry.name}`;
    if (entry.begin + entry.bytes > fileBytes) {
      throw new UserError(
        `${where} ends at byte ${entry.begin + entry.bytes}, past the end of the file at ${fileBytes}: it is truncated or its header lies`,
      );
    }
    if (entry.begin < end)
      throw new UserError(`${where} overlaps the tensor before it by ${end - entry.begin} bytes`);
    if (entry.begin > end)
      throw new UserError(`${where} leaves a hole of ${entry.begin - end} bytes before it`);
    end = entry.begin + entry.bytes;
  }
  if (end < fileBytes)
    throw new UserError(
      `${file} has ${fileBytes - end} bytes behind its last tensor that none of them claims`,
    );
}

function readIndex(folder: string, path: string): { tensors: TensorDirectory; files: readonly string[] } {
  const file = basename(path);
  const index = parseJsonStrictly(readFileSync(path, 'utf8'), file) as { weight_map?: unknown } | null;
  const map = index?.weight_map;
  if (typeof map !== 'object' || map === null || Array.isArray(map)) {
    throw new UserError(`${file} has no weight_map from tensors to files`);
  }
  for (const [name, shard] of Object.entries(map)) {
    if (typeof shard !== 'string' || shard !== basename(shard) || !shard.endsWith('.safetensors')) {
      throw new UserError(
        `${file}: tensor ${name} is said to be in ${JSON.stringify(shard)}; a .safetensors file of the same folder is read`,
      );
    }
  }
  const shardOf = new Map(Object.entries(map as Record<string, string>));
  const shards = [...new Set(shardOf.values())].sort();
  const tensors = new Map<string, TensorEntry>();
  for (const shard of shards) {
    if (!existsSync(join(folder, shard)))
      throw new UserError(`${file} names ${shard}, which is not in the folder`);
    for (const [name, entry] of readDirectory(join(folder, shard))) {
      if (shardOf.get(name) !== shard)
        throw new UserError(`${shard}: tensor ${name} is not listed for this file in ${file}`);
      tensors.set(name, entry);
    }
  }
  for (const [name, shard] of shardOf) {
    if (!tensors.has(name)) throw new UserError(`${file}: tensor ${name} is not in ${shard}`);
  }
  return { tensors, files: [path, ...shards.map((shard) => join(folder, shard))] };
}

/** Reads one tensor, widened to float32 exactly; the numbers in the order of the file (rows first). */
export function readTensor(entry: TensorEntry): Float32Array {
  const handle = openFile(entry.path);
  try {
    const bytes = readExactly(
      handle,
      entry.begin,
      entry.bytes,
      `${basename(entry.path)}: tensor ${entry.name}`,
    );
    return widen(bytes, entry.dtype);
  } finally {
    closeSync(handle);
  }
}

function readExactly(handle: number, begin: number, count: number, what: string): Uint8Array {
  const bytes = new Uint8Array(count);
  const chunkMax = 1 << 30; // One read of the system takes at most 2 GiB.
  for (let done = 0; done < count;) {
    const got = readSync(handle, bytes, done, Math.min(count - done, chunkMax), begin + done);
    if (got === 0) throw new UserError(`${what} is truncated: ${done} of ${count} bytes are there`);
    done += got;
  }
  return bytes;
}

/** Little-endian bytes of a dtype to float32; every value of the smaller ones has an equal float32. */
export function widen(bytes: Uint8Array, dtype: Dtype): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const numbers = new Float32Array(bytes.byteLength / dtypeBytes[dtype]);
  if (dtype === 'F32') {
    for (let i = 0; i < numbers.length; i++) numbers[i] = view.getFloat32(4 * i, true);
  } else if (dtype === 'BF16') {
    const bits = new Uint32Array(numbers.buffer);
    for (let i = 0; i < numbers.length; i++) bits[i] = view.getUint16(2 * i, true) << 16;
  } else if (dtype === 'F8_E4M3') {
    for (let i = 0; i < numbers.length; i++) numbers[i] = eightBitToNumber(bytes[i]!);
  } else {
    for (let i = 0; i < numbers.length; i++) numbers[i] = halfToNumber(view.getUint16(2 * i, true));
  }
  return numbers;
}

/** The value of an IEEE 754 binary16: 1 sign, 5 exponent, 10 fraction bits. */
function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}

/** The value of an OCP 8-bit E4M3: 1 sign, 4 exponent, 3 fraction bits; no infinity, and NaN where all of these are set. */
function eightBitToNumber(bits: number): number {
  const sign = bits & 0x80 ? -1 : 1;
  const exponent = (bits >> 3) & 15;
  const fraction = bits & 7;
  if (exponent === 15 && fraction === 7) return NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -9 : (8 + fraction) * 2 ** (exponent - 10));
}
