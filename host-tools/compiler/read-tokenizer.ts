// The tokenizer section of an image → a tokenizer. Layout: tokenizerFields of contracts/image.ts.
//
// Twin: firmware/engine/check_tokenizer.c.
import { layoutOf, readFields } from '../contracts/c-header.ts';
import * as contract from '../contracts/image.ts';
import { createTokenizer } from './tokenizer.ts';
import type { Tokenizer } from './tokenizer.ts';

type Fields = Readonly<Record<string, number>>;

const headBytes = layoutOf(contract.tokenizerFields).bytes;
const mergeBytes = layoutOf(contract.mergeFields).bytes;
const characterBytes = layoutOf(contract.characterFields).bytes;

interface Tables {
  readonly offsets: number[];
  readonly merges: Fields[];
  readonly characters: Fields[];
  readonly byteIds: number[];
  readonly text: number;
}

/** The tables of a section, or undefined where its head is not sound or does not fit its size. */
function readTables(
  bytes: Uint8Array,
  start: number,
  size: number,
  head: Fields,
  vocab: number,
): Tables | undefined {
  const n = head['n_tokens']!;
  const offsets = start + headBytes;
  const merges = offsets + 4 * (n + 1);
  const characters = merges + mergeBytes * head['n_merges']!;
  const byteIds = characters + characterBytes * head['n_characters']!;
  const text = byteIds + 2 * 256;
  const isSound =
    n >= 1 &&
    n <= vocab &&
    head['pre_tokenizer']! <= contract.preTokenizers.metaspace &&
    head['prefix']! <= contract.textPrefixes.unlessSpace &&
    text + head['text_bytes']! === start + size;
  if (!isSound) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const rows = (fields: Parameters<typeof readFields>[0], at: number, n_rows: number): Fields[] =>
    Array.from({ length: n_rows }, (_, i) => readFields(fields, bytes, at + layoutOf(fields).bytes * i));
  return {
    offsets: Array.from({ length: n + 1 }, (_, i) => view.getUint32(offsets + 4 * i, true)),
    merges: rows(contract.mergeFields, merges, head['n_merges']!),
    characters: rows(contract.characterFields, characters, head['n_characters']!),
    byteIds: Array.from({ length: 256 }, (_, byte) => view.getUint16(byteIds + 2 * byte, true)),
    text,
  };
}

const rises = (values: readonly number[]): boolean =>
  values.every((value, i) => i === 0 || value > values[i - 1]!);

function tablesAreSound(tables: Tables, head: Fields): boolean {
  const { offsets, merges, characters, byteIds } = tables;
  const isToken = (id: number): boolean => id < head['n_tokens']!;
  return (
    offsets[0] === 0 &&
    offsets.at(-1) === head['text_bytes'] &&
    offsets.every((offset, i) => i === 0 || offset >= offsets[i - 1]!) &&
    merges.every((merge) => [merge['left']!, merge['right']!, merge['result']!].every(isToken)) &&
    rises(merges.map((merge) => merge['left']! * 0x1_0000 + merge['right']!)) &&
    characters.every((character) => isToken(character['id']!)) &&
    rises(characters.map((character) => character['bytes']!)) &&
    byteIds.every((id) => id === contract.noToken || isToken(id))
  );
}

/** UTF-8 bytes of a character's number. */
function characterOf(key: number): Uint8Array {
  return Uint8Array.from([24, 16, 8, 0].map((bits) => (key >>> bits) & 0xff).filter((byte) => byte !== 0));
}

function toTokenizer(tables: Tables, head: Fields, bytes: Uint8Array): Tokenizer {
  const { offsets, merges, characters, byteIds, text } = tables;
  const known = byteIds
    .map((id, byte) => ({ bytes: Uint8Array.of(byte), id }))
    .filter(({ id }) => id !== contract.noToken);
  const long = characters.map((character) => ({
    bytes: characterOf(character['bytes']!),
    id: character['id']!,
  }));
  const ranked = [...merges].sort((a, b) => a['rank']! - b['rank']!);
  const prefixes = ['none', 'always', 'unless-space'] as const;
  const isAscii = head['pre_tokenizer'] === contract.preTokenizers.asciiWords;
  return createTokenizer({
    kind: isAscii ? 'ascii-words' : 'metaspace',
    prefix: prefixes[head['prefix']!]!,
    vocab: offsets.slice(0, -1).map((offset, id) => bytes.slice(text + offset, text + offsets[id + 1]!)),
    special: [],
    characters: [...known.filter(({ bytes: [byte] }) => byte! < 0x80), ...long],
    byteSymbols: byteIds.includes(contract.noToken) ? undefined : byteIds,
    merges: ranked.map((merge) => ({
      left: merge['left']!,
      right: merge['right']!,
      result: merge['result']!,
    })),
  });
}

/** Reads the section that an image's header names; undefined where it contradicts itself. */
export function readTokenizerSection(
  bytes: Uint8Array,
  header: Fields,
  vocab: number,
): Tokenizer | undefined {
  const start = header['tokenizer_offset']!;
  const size = header['tokenizer_bytes']!;
  const end = header['image_bytes']!;
  if (start % 4 !== 0 || start > end || size > end - start || size < headBytes) return undefined;
  const head = readFields(contract.tokenizerFields, bytes, start) as Fields;
  const tables = readTables(bytes, start, size, head, vocab);
  if (tables === undefined || !tablesAreSound(tables, head)) return undefined;
  return toTokenizer(tables, head, bytes);
}
