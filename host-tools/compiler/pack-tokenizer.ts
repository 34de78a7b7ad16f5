// Tokenizer → its section of the image, and back. Layout: tokenizerFields of contracts/image.ts.
import { writeFields } from '../contracts/c-header.ts';
import {
  mergeBytes,
  noToken,
  preTokenizers,
  tokenizerFields,
  tokenizerHeadBytes,
} from '../contracts/image.ts';

/** A byte-pair tokenizer as flat tables. */
export interface TokenizerTables {
  readonly preTokenizer: keyof typeof preTokenizers;
  /** Bytes of each token, by id; empty for specials. */
  readonly tokens: readonly Uint8Array[];
  /** Pairs that merge, in order of rank: the first is merged first. */
  readonly merges: readonly { readonly left: number; readonly right: number; readonly result: number }[];
  /** Specials are `n` ids from `first` on. */
  readonly specials: { readonly first: number; readonly n: number };
}

/** The id of each byte that is a token by itself, or noToken. Byte tokens of a byte fallback count too. */
export function byteTokens(tables: TokenizerTables): Uint16Array {
  const ids = new Uint16Array(256).fill(noToken);
  tables.tokens.forEach((bytes, id) => {
    if (bytes.length === 1 && ids[bytes[0]!] === noToken) ids[bytes[0]!] = id;
  });
  return ids;
}

/** Bytes of the section. */
export function packTokenizer(tables: TokenizerTables): Uint8Array {
  const text = Buffer.concat(tables.tokens);
  const nTokens = tables.tokens.length;
  const offsetsAt = tokenizerHeadBytes;
  const mergesAt = offsetsAt + 4 * (nTokens + 1);
  const bytesAt = mergesAt + mergeBytes * tables.merges.length;
  const textAt = bytesAt + 2 * 256;
  const section = new Uint8Array(textAt + text.length);
  const view = new DataView(section.buffer);
  section.set(
    writeFields(tokenizerFields, {
      pre_tokenizer: preTokenizers[tables.preTokenizer],
      n_tokens: nTokens,
      n_merges: tables.merges.length,
      token_bytes: text.length,
      special_first: tables.specials.first,
      n_specials: tables.specials.n,
    }),
  );
  let offset = 0;
  tables.tokens.forEach((bytes, id) => {
    view.setUint32(offsetsAt + 4 * id, offset, true);
    offset += bytes.length;
  });
  view.setUint32(offsetsAt + 4 * nTokens, offset, true);
  const ranked = tables.merges.map((merge, rank) => ({ ...merge, rank }));
  ranked.sort((a, b) => a.left - b.left || a.right - b.right);
  ranked.forEach((merge, i) => {
    [merge.left, merge.right, merge.rank, merge.result].forEach((value, k) => {
      view.setUint16(mergesAt + mergeBytes * i + 2 * k, value, true);
    });
  });
  byteTokens(tables).forEach((id, byte) => view.setUint16(bytesAt + 2 * byte, id, true));
  section.set(text, textAt);
  return section;
}
