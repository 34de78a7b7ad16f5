// The tokenizer section of an image → its tables. Layout: tokenizerFields of contracts/image.ts.
//
// Twin: check_tokenizer() in firmware/engine/load.c.
import { readFields } from '../contracts/c-header.ts';
import {
  mergeBytes,
  noToken,
  preTokenizers,
  tokenizerFields,
  tokenizerHeadBytes,
} from '../contracts/image.ts';
import type { TokenizerTables } from './pack-tokenizer.ts';

type Fields = Readonly<Record<string, number>>;

interface Places {
  readonly offsets: number;
  readonly merges: number;
  readonly byteIds: number;
  readonly text: number;
}

/** Where the tables lie, or undefined where the section and its head disagree. */
function placesOf(header: Fields, head: Fields, vocab: number): Places | undefined {
  const offsets = header['tokenizer_offset']! + tokenizerHeadBytes;
  const merges = offsets + 4 * (head['n_tokens']! + 1);
  const byteIds = merges + mergeBytes * head['n_merges']!;
  const text = byteIds + 2 * 256;
  const sound =
    head['n_tokens']! >= 1 &&
    head['n_tokens']! <= vocab &&
    head['n_merges']! <= noToken &&
    head['pre_tokenizer']! <= preTokenizers.metaspace &&
    head['special_first']! + head['n_specials']! <= head['n_tokens']! &&
    text + head['token_bytes']! === header['tokenizer_offset']! + header['tokenizer_bytes']!;
  return sound ? { offsets, merges, byteIds, text } : undefined;
}

/** The pairs in order of rank; undefined where they are not sorted or name no token. */
function readMerges(view: DataView, at: number, head: Fields): TokenizerTables['merges'] | undefined {
  const n = head['n_merges']!;
  const merges: (TokenizerTables['merges'][number] & { rank: number })[] = [];
  let last = -1;
  for (let i = 0; i < n; i += 1) {
    const [left = 0, right = 0, rank = 0, result = 0] = [0, 2, 4, 6].map((k) =>
      view.getUint16(at + 8 * i + k, true),
    );
    const key = left * 0x1_0000 + right;
    const inside = Math.max(left, right, result) < head['n_tokens']! && rank < n;
    if (!inside || key <= last) return undefined;
    merges.push({ left, right, result, rank });
    last = key;
  }
  return merges.sort((a, b) => a.rank - b.rank).map(({ left, right, result }) => ({ left, right, result }));
}

/** Reads the section; undefined where it contradicts itself. */
export function readTokenizerSection(
  bytes: Uint8Array,
  header: Fields,
  vocab: number,
): TokenizerTables | undefined {
  const start = header['tokenizer_offset']!;
  const size = header['tokenizer_bytes']!;
  const end = header['image_bytes']!;
  if (start % 4 !== 0 || start > end || size > end - start || size < tokenizerHeadBytes) return undefined;
  const head = readFields(tokenizerFields, bytes, start) as Fields;
  const places = placesOf(header, head, vocab);
  if (places === undefined) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const bounds = Array.from({ length: head['n_tokens']! + 1 }, (_, i) =>
    view.getUint32(places.offsets + 4 * i, true),
  );
  const rising = bounds.every((bound, i) => (i === 0 ? bound === 0 : bound >= bounds[i - 1]!));
  const byteIds = Array.from({ length: 256 }, (_, byte) => view.getUint16(places.byteIds + 2 * byte, true));
  const bytesKnown = byteIds.every((id) => id === noToken || id < head['n_tokens']!);
  const merges = readMerges(view, places.merges, head);
  if (!rising || bounds.at(-1) !== head['token_bytes'] || !bytesKnown || merges === undefined)
    return undefined;
  const names = Object.keys(preTokenizers) as (keyof typeof preTokenizers)[];
  return {
    preTokenizer: names.find((name) => preTokenizers[name] === head['pre_tokenizer'])!,
    tokens: bounds
      .slice(0, -1)
      .map((bound, i) => bytes.slice(places.text + bound, places.text + bounds[i + 1]!)),
    merges,
    specials: { first: head['special_first']!, n: head['n_specials']! },
  };
}
