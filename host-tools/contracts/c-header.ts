// Writes C declarations from tables, so that a fact that TypeScript and C share is written once.

/** One field of a structure that crosses from host to device: little-endian, naturally aligned. */
export interface CField {
  readonly name: string;
  readonly type: 'u8' | 'u16' | 'i16' | 'u32' | 'i32' | 'char';
  /** Number of elements of an array; 1 where there is none. */
  readonly count?: number;
  readonly note: string;
}

const sizes = { u8: 1, char: 1, u16: 2, i16: 2, u32: 4, i32: 4 } as const;
const cTypes = {
  u8: 'uint8_t',
  char: 'char',
  u16: 'uint16_t',
  i16: 'int16_t',
  u32: 'uint32_t',
  i32: 'int32_t',
} as const;

/** Offsets in bytes of all fields, and the size of the whole, which is a multiple of four. */
export function layoutOf(fields: readonly CField[]): { offsets: Record<string, number>; bytes: number } {
  const offsets: Record<string, number> = {};
  let bytes = 0;
  for (const field of fields) {
    if (bytes % sizes[field.type] !== 0) throw new Error(`field ${field.name} is not aligned at ${bytes}`);
    offsets[field.name] = bytes;
    bytes += sizes[field.type] * (field.count ?? 1);
  }
  if (bytes % 4 !== 0) throw new Error(`a structure of ${bytes} bytes is not a multiple of four`);
  return { offsets, bytes };
}

/** Reads the scalar fields of a structure; arrays of characters come back by readText. */
export function readFields<Name extends string>(
  fields: readonly (CField & { readonly name: Name })[],
  bytes: Uint8Array,
  at = 0,
): Record<Name, number> {
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, layoutOf(fields).bytes);
  const { offsets } = layoutOf(fields);
  const read = (field: CField): number => {
    const offset = offsets[field.name]!;
    if (field.type === 'u16') return view.getUint16(offset, true);
    if (field.type === 'i16') return view.getInt16(offset, true);
    if (field.type === 'u32') return view.getUint32(offset, true);
    if (field.type === 'i32') return view.getInt32(offset, true);
    return view.getUint8(offset);
  };
  return Object.fromEntries(fields.map((field) => [field.name, read(field)])) as Record<Name, number>;
}

/** Reads an array of characters that ends at its first zero byte. */
export function readText(fields: readonly CField[], name: string, bytes: Uint8Array, at = 0): string {
  const field = fields.find((one) => one.name === name)!;
  const start = at + layoutOf(fields).offsets[name]!;
  const text = bytes.subarray(start, start + (field.count ?? 1));
  const end = text.indexOf(0);
  return new TextDecoder().decode(end < 0 ? text : text.subarray(0, end));
}

/** Writes the scalar fields of a structure. */
export function writeFields<Name extends string>(
  fields: readonly (CField & { readonly name: Name })[],
  values: Readonly<Record<Name, number>>,
): Uint8Array {
  const { offsets, bytes } = layoutOf(fields);
  const out = new Uint8Array(bytes);
  const view = new DataView(out.buffer);
  for (const field of fields) {
    const [offset, value] = [offsets[field.name]!, values[field.name]];
    if (field.type === 'u16' || field.type === 'i16') view.setUint16(offset, value & 0xffff, true);
    else if (field.type === 'u32' || field.type === 'i32') view.setUint32(offset, value >>> 0, true);
    else view.setUint8(offset, value);
  }
  return out;
}

/** A `struct` whose offsets the C compiler checks. */
export function cStruct(name: string, about: string, fields: readonly CField[]): string {
  const { offsets, bytes } = layoutOf(fields);
  const lines = fields.map((field) => {
    const size = field.count === undefined ? '' : `[${field.count}]`;
    return `    ${cTypes[field.type]} ${field.name}${size}; // ${field.note}`;
  });
  const last = fields.at(-1)!;
  return [
    `// ${about}`,
    `struct ${name} {`,
    ...lines,
    '};',
    `_Static_assert(offsetof(struct ${name}, ${last.name}) == ${offsets[last.name]!}, "${name} is laid out as the host reads it");`,
    `_Static_assert(sizeof(struct ${name}) == ${bytes}, "${name} has no padding");`,
  ].join('\n');
}

/** An `enum` of named codes. */
export function cEnum(
  name: string,
  about: string,
  entries: readonly { readonly name: string; readonly code: number; readonly note?: string }[],
): string {
  const prefix = name.toUpperCase();
  const lines = entries.map((entry) => {
    const note = entry.note === undefined ? '' : ` // ${entry.note}`;
    return `    ${prefix}_${entry.name.toUpperCase()} = ${entry.code},${note}`;
  });
  return [`// ${about}`, `enum ${name} {`, ...lines, '};'].join('\n');
}

/** `#define` lines; addresses and magic numbers are printed in hexadecimal. */
export function cDefines(prefix: string, values: Readonly<Record<string, number | string>>): string {
  return Object.entries(values)
    .map(([name, value]) => {
      const hexadecimal = /(base|magic)$/.test(name) && typeof value === 'number';
      const number = hexadecimal ? `0x${value.toString(16)}u` : `${value}u`;
      const text = typeof value === 'string' ? `"${value}"` : number;
      return `#define ${prefix}_${name.toUpperCase()} ${text}`;
    })
    .join('\n');
}

/** A whole header: what it is, where it comes from, a guard, its parts. */
export function cFile(guard: string, about: string, source: string, parts: readonly string[]): string {
  return [
    `// ${about} Generated from ${source} by npm run gen; do not edit.`,
    `#ifndef ${guard}`,
    `#define ${guard}`,
    '',
    '#include <stddef.h>',
    '#include <stdint.h>',
    '',
    parts.join('\n\n'),
    '',
    `#endif`,
    '',
  ].join('\n');
}
