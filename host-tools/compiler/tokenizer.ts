// Text to tokens and back: byte-pair encoding as data that flattens into an image, and the algorithm that the device runs too.
import { UserError } from '../contracts/errors.ts';
import { wordSymbolsMax } from '../contracts/image.ts';

/** How text falls into words, before pairs are merged inside each word.
 *  - `ascii-words`: contractions, letters, digits, other characters, white space (`asciiWords`); ASCII only.
 *  - `metaspace`: a space is a symbol; a word is a run of spaces and what follows up to the next space. UTF-8.
 */
export type TokenizerKind = 'ascii-words' | 'metaspace';

/** When a text gets a space in front before it is encoded (`metaspace` only). An empty text never does. */
export type TextPrefix = 'none' | 'always' | 'unless-space';

/** Two neighbouring symbols and the one that replaces them; its rank is its index in the table. */
export interface Merge {
  left: number;
  right: number;
  result: number;
}

/** A character and the symbol that stands for it. */
export interface CharacterSymbol {
  /** Its UTF-8 bytes as they are in the text, 1 to 4. */
  bytes: Uint8Array;
  id: number;
}

export interface TokenizerData {
  kind: TokenizerKind;
  prefix: TextPrefix;
  /** What each token writes, by id; special tokens and ids without a token write nothing. Ids are below 65536. */
  vocab: readonly Uint8Array[];
  /** Ids that text never encodes to: their spelling inside a text is plain text. Rising. */
  special: readonly number[];
  /** The symbols that words begin as, in byte order of the characters. */
  characters: readonly CharacterSymbol[];
  /** The symbol of each byte, for characters that have none (`metaspace`); undefined where such characters are refused. */
  byteSymbols: readonly number[] | undefined;
  /** By rank: the lowest applies first. */
  merges: readonly Merge[];
}

export interface Tokenizer extends TokenizerData {
  /** The tokens of a text, without a start token; [] for an empty one. Throws a UserError with the offset where it has none. */
  encode(text: string | Uint8Array): number[];
  /** The bytes that tokens write, in a row. A prefix that `encode` added is there. Throws a RangeError on an unknown id. */
  decode(ids: readonly number[]): Uint8Array;
}

/** Ids are stored in 16 bits. */
export const vocabMax = 65536;

/** The words of an ASCII text. On ASCII it equals the pattern of GPT-2, whose classes are \p{L} and \p{N}. */
const asciiWords = /'s|'t|'re|'ve|'m|'ll|'d| ?[A-Za-z]+| ?[0-9]+| ?[^\sA-Za-z0-9]+|\s+(?!\S)|\s+/g;

const space = 0x20;

/** Adds the look-up tables and the algorithm to the data. */
export function createTokenizer(data: TokenizerData): Tokenizer {
  const tables = {
    characters: new Map(data.characters.map(({ bytes, id }) => [characterKey(bytes), id])),
    ranks: new Map(data.merges.map(({ left, right }, rank) => [left * vocabMax + right, rank])),
  };
  return {
    ...data,
    encode: (text) => encode(data, tables, typeof text === 'string' ? new TextEncoder().encode(text) : text),
    decode: (ids) => decode(data.vocab, ids),
  };
}

interface Tables {
  characters: ReadonlyMap<number, number>;
  /** left · 65536 + right → rank */
  ranks: ReadonlyMap<number, number>;
}

function characterKey(bytes: Uint8Array): number {
  return bytes.reduce((key, byte) => key * 256 + byte, 0);
}

function encode(data: TokenizerData, tables: Tables, text: Uint8Array): number[] {
  const invalid = findInvalidUtf8(text);
  if (invalid >= 0) {
    const found = `byte 0x${text[invalid]!.toString(16).padStart(2, '0')} at offset ${invalid}`;
    throw new UserError(`the text is not valid UTF-8: ${found}`, 'Save the text as UTF-8.');
  }
  const ids: number[] = [];
  for (const [begin, end] of data.kind === 'ascii-words' ? splitAscii(text) : splitAtSpaces(text)) {
    const symbols = toSymbols(data, tables, text, begin, end);
    if (symbols.length > wordSymbolsMax) {
      const found = `a word of ${symbols.length} symbols begins at offset ${begin}`;
      throw new UserError(`the text cannot be encoded: ${found}; a word has at most ${wordSymbolsMax}`);
    }
    mergeWord(data.merges, tables.ranks, symbols);
    for (const id of symbols) ids.push(id);
  }
  return ids;
}

function* splitAscii(text: Uint8Array): Generator<[number, number]> {
  // Latin-1 keeps offsets; a byte past ASCII is refused when its word is looked up.
  for (const match of Buffer.from(text).toString('latin1').matchAll(asciiWords)) {
    yield [match.index, match.index + match[0].length];
  }
}

function* splitAtSpaces(text: Uint8Array): Generator<[number, number]> {
  let begin = 0;
  for (let i = 1; i < text.length; i++) {
    if (text[i] === space && text[i - 1] !== space) {
      yield [begin, i];
      begin = i;
    }
  }
  if (text.length > 0) yield [begin, text.length];
}

/** The symbols of one word, unmerged; the first word of a text gets the prefix. */
function toSymbols(
  data: TokenizerData,
  { characters }: Tables,
  text: Uint8Array,
  begin: number,
  end: number,
): number[] {
  const symbols: number[] = [];
  const hasPrefix = data.prefix === 'always' || (data.prefix === 'unless-space' && text[0] !== space);
  if (begin === 0 && hasPrefix) symbols.push(characters.get(space)!);
  for (let at = begin; at < end;) {
    const bytes = text.subarray(at, at + utf8Length(text[at]!));
    const id = characters.get(characterKey(bytes));
    if (id !== undefined) symbols.push(id);
    else if (data.byteSymbols !== undefined) for (const byte of bytes) symbols.push(data.byteSymbols[byte]!);
    else refuseCharacter(bytes, at);
    at += bytes.length;
  }
  return symbols;
}

function refuseCharacter(bytes: Uint8Array, offset: number): never {
  const character = new TextDecoder().decode(bytes);
  const code = character.codePointAt(0)!;
  const name = `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
  const shown = code > 0x20 && code !== 0x7f ? `"${character}" (${name})` : name;
  throw new UserError(
    `the text cannot be encoded: this model has no token for the character ${shown} at offset ${offset}`,
    'Leave the character out, or write it with others.',
  );
}

/** Applies the pair of lowest rank, the leftmost of equals, until no pair has one. */
function mergeWord(merges: readonly Merge[], ranks: ReadonlyMap<number, number>, symbols: number[]): void {
  for (;;) {
    let best = merges.length;
    let place = -1;
    for (let i = 0; i + 1 < symbols.length; i++) {
      const rank = ranks.get(symbols[i]! * vocabMax + symbols[i + 1]!);
      if (rank !== undefined && rank < best) [best, place] = [rank, i];
    }
    if (place < 0) return;
    symbols.splice(place, 2, merges[best]!.result);
  }
}

function decode(vocab: readonly Uint8Array[], ids: readonly number[]): Uint8Array {
  const parts = ids.map((id) => {
    const bytes = vocab[id];
    if (bytes === undefined) throw new RangeError(`token ${id} is not in the vocabulary of ${vocab.length}`);
    return bytes;
  });
  return new Uint8Array(Buffer.concat(parts));
}

/** Bytes of the character that a valid first byte begins. */
function utf8Length(first: number): number {
  return first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

/**
 * The offset of the first byte that begins no valid UTF-8 character, −1 where all are valid.
 * Unicode 17, table 3-7: no overlong form, no surrogate, nothing past U+10FFFF.
 */
export function findInvalidUtf8(text: Uint8Array): number {
  for (let at = 0; at < text.length;) {
    const first = text[at]!;
    if (first < 0x80) {
      at += 1;
      continue;
    }
    if (first < 0xc2 || first > 0xf4) return at;
    const length = utf8Length(first);
    const low = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
    const high = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
    for (let k = 1; k < length; k++) {
      const byte = text[at + k] ?? 0;
      if (byte < (k === 1 ? low : 0x80) || byte > (k === 1 ? high : 0xbf)) return at;
    }
    at += length;
  }
  return -1;
}

/** The tokenizer of a model that comes without one: no text has tokens, no token has text. */
export function emptyTokenizer(vocabSize: number): Tokenizer {
  return createTokenizer({
    kind: 'ascii-words',
    prefix: 'none',
    vocab: Array.from({ length: vocabSize }, () => new Uint8Array()),
    special: [],
    characters: [],
    byteSymbols: undefined,
    merges: [],
  });
}
