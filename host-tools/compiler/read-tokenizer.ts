// The tokenizer section of an image → a tokenizer. Layout: tokenizerFields of contracts/image.ts.
//
// Twins: firmware/engine/check_tokenizer.c, firmware/engine/token_text.c.
import { layoutOf, readFields } from '../contracts/c-header.ts';
import * as contract from '../contracts/image.ts';
import { createTokenizer } from './tokenizer.ts';
import type { Merge, Tokenizer } from './tokenizer.ts';

type Fields = Readonly<Record<string, number>>;

const headBytes = layoutOf(contract.tokenizerFields).bytes;
const mergeBytes = layoutOf(contract.mergeFields).bytes;
const characterBytes = layoutOf(contract.characterFields).bytes;

interface Tables {
  readonly head: Fields;
  /** Into the text, of the tokens with their own. */
  readonly offsets: number[];
  readonly characters: Fields[];
  readonly merges: Merge[];
  readonly byteIds: number[];
  /** Ranks, sorted by left then right. */
  readonly order: number[];
  /** Ranks of the merges that make a token, sorted by it. */
  readonly made: number[];
  readonly text: Uint8Array;
}

function headIsSound(head: Fields, vocab: number): boolean {
  const { n_tokens: n = 0, n_merges: merges = 0, n_made: made = 0, first_result: first = 0 } = head;
  return (
    n >= 1 &&
    n <= vocab &&
    head['pre_tokenizer']! <= contract.preTokenizers.metaspace &&
    head['prefix']! <= contract.textPrefixes.unlessSpace &&
    made <= merges &&
    made <= n &&
    (first === contract.noToken || (made === merges && first <= n - made))
  );
}

/** The tables of a section whose head is sound; undefined where they do not fit its size. */
function readTables(bytes: Uint8Array, start: number, size: number, head: Fields): Tables | undefined {
  const [n, n_merges, n_made] = [head['n_tokens']!, head['n_merges']!, head['n_made']!];
  const follows = head['first_result'] !== contract.noToken;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const characters = start + headBytes + 4 * (n - n_made + 1);
  const merges = characters + characterBytes * head['n_characters']!;
  const byteIds = merges + mergeBytes * n_merges;
  const order = byteIds + 2 * 256;
  const results = order + 2 * n_merges;
  const made = results + (follows ? 0 : 2 * n_merges);
  const text = made + (follows ? 0 : 2 * n_made);
  if (text + head['text_bytes']! !== start + size) return undefined;
  const rows = <T>(n_rows: number, read: (i: number) => T): T[] =>
    Array.from({ length: n_rows }, (_, i) => read(i));
  const halves = (at: number, n_halves: number): number[] =>
    rows(n_halves, (i) => view.getUint16(at + 2 * i, true));
  return {
    head,
    offsets: rows(n - n_made + 1, (i) => view.getUint32(start + headBytes + 4 * i, true)),
    characters: rows(head['n_characters']!, (i) =>
      readFields(contract.characterFields, bytes, characters + characterBytes * i),
    ),
    merges: rows(n_merges, (rank) => ({
      left: view.getUint16(merges + mergeBytes * rank, true),
      right: view.getUint16(merges + mergeBytes * rank + 2, true),
      result: follows ? head['first_result']! + rank : view.getUint16(results + 2 * rank, true),
    })),
    byteIds: halves(byteIds, 256),
    order: halves(order, n_merges),
    made: follows ? [...Array(n_made).keys()] : halves(made, n_made),
    text: bytes.subarray(text, start + size),
  };
}

const rises = (values: readonly number[]): boolean =>
  values.every((value, i) => i === 0 || value > values[i - 1]!);

function tablesAreSound({ head, offsets, characters, merges, byteIds, order, made }: Tables): boolean {
  const isToken = (id: number): boolean => id < head['n_tokens']!;
  const isRank = (rank: number): boolean => rank < merges.length;
  const pair = ({ left, right }: Merge): number => left * 0x1_0000 + right;
  return (
    offsets[0] === 0 &&
    offsets.at(-1) === head['text_bytes'] &&
    offsets.every((offset, i) => i === 0 || offset >= offsets[i - 1]!) &&
    merges.every(({ left, right, result }) => [left, right, result].every(isToken)) &&
    order.every(isRank) &&
    rises(order.map((rank) => pair(merges[rank]!))) &&
    made.every(isRank) &&
    rises(made.map((rank) => merges[rank]!.result)) &&
    characters.every((character) => isToken(character['id']!)) &&
    rises(characters.map((character) => character['bytes']!)) &&
    byteIds.every((id) => id === contract.noToken || isToken(id))
  );
}

/**
 * What a token writes: its own text, or that of the parts of the merge that makes it. Undefined where those are too deep or
 * too long, or one of them writes nothing.
 */
function spell(
  token: number,
  maker: ReadonlyMap<number, Merge>,
  own: ReadonlyMap<number, Uint8Array>,
): Uint8Array | undefined {
  if (!maker.has(token)) return own.get(token)!.slice();
  const bytes: number[] = [];
  const waiting = [token];
  while (waiting.length > 0) {
    const part = waiting.pop()!;
    const merge = maker.get(part);
    if (merge !== undefined) {
      if (waiting.length === contract.madeWaitsMax) return undefined;
      waiting.push(merge.right, merge.left);
      continue;
    }
    const text = own.get(part)!;
    if (text.length === 0 || text.length > contract.madeBytesMax - bytes.length) return undefined;
    bytes.push(...text);
  }
  return Uint8Array.from(bytes);
}

/** What each token writes; undefined where one is spelt by parts that are not sound. */
function readVocabulary({ head, offsets, merges, made, text }: Tables): Uint8Array[] | undefined {
  const ids = [...Array(head['n_tokens']).keys()];
  const maker = new Map(made.map((rank) => [merges[rank]!.result, merges[rank]!]));
  const rest = ids.filter((id) => !maker.has(id));
  const own = new Map(rest.map((id, i) => [id, text.subarray(offsets[i], offsets[i + 1])]));
  const vocab: Uint8Array[] = [];
  for (const id of ids) {
    const bytes = spell(id, maker, own);
    if (bytes === undefined) return undefined;
    vocab.push(bytes);
  }
  return vocab;
}

/** UTF-8 bytes of a character's number. */
function characterOf(key: number): Uint8Array {
  return Uint8Array.from([24, 16, 8, 0].map((bits) => (key >>> bits) & 0xff).filter((byte) => byte !== 0));
}

function toTokenizer({ head, characters, merges, byteIds }: Tables, vocab: Uint8Array[]): Tokenizer {
  const known = byteIds
    .map((id, byte) => ({ bytes: Uint8Array.of(byte), id }))
    .filter(({ id }) => id !== contract.noToken);
  const long = characters.map((character) => ({
    bytes: characterOf(character['bytes']!),
    id: character['id']!,
  }));
  const prefixes = ['none', 'always', 'unless-space'] as const;
  const isAscii = head['pre_tokenizer'] === contract.preTokenizers.asciiWords;
  return createTokenizer({
    kind: isAscii ? 'ascii-words' : 'metaspace',
    prefix: prefixes[head['prefix']!]!,
    vocab,
    special: [],
    characters: [...known.filter(({ bytes: [byte] }) => byte! < 0x80), ...long],
    byteSymbols: byteIds.includes(contract.noToken) ? undefined : byteIds,
    merges,
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
  const tables = headIsSound(head, vocab) ? readTables(bytes, start, size, head) : undefined;
  if (tables === undefined || !tablesAreSound(tables)) return undefined;
  const texts = readVocabulary(tables);
  return texts && toTokenizer(tables, texts);
}
