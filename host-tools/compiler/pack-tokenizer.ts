// Tokenizer → its section of an image. Layout: tokenizerFields of contracts/image.ts.
import { layoutOf, writeFields } from '../contracts/c-header.ts';
import { UserError } from '../contracts/errors.ts';
import * as contract from '../contracts/image.ts';
import type { TokenizerData } from './tokenizer.ts';

/** A character's UTF-8 bytes as one number, the first byte highest. */
function characterKey(bytes: Uint8Array): number {
  return bytes.reduce((key, byte) => key * 256 + byte, 0);
}

/** The symbol of each byte: of the character that it is, or the fallback; noToken where it has none. */
function byteSymbols(data: TokenizerData): Uint16Array {
  const ids = new Uint16Array(256).fill(contract.noToken);
  data.byteSymbols?.forEach((id, byte) => {
    ids[byte] = id;
  });
  for (const { bytes, id } of data.characters) if (bytes.length === 1) ids[bytes[0]!] = id;
  return ids;
}

/** The ranks of the merges, sorted by left then right. */
function orderOf({ merges }: TokenizerData): Uint16Array {
  const ranks = [...merges.keys()];
  ranks.sort((a, b) => merges[a]!.left - merges[b]!.left || merges[a]!.right - merges[b]!.right);
  return Uint16Array.from(ranks);
}

function packCharacters(data: TokenizerData): Uint8Array {
  const long = data.characters.filter(({ bytes }) => bytes.length > 1);
  const keyed = long.map(({ bytes, id }) => ({ bytes: characterKey(bytes), id, reserved: 0 }));
  keyed.sort((a, b) => a.bytes - b.bytes);
  return Buffer.concat(keyed.map((character) => writeFields(contract.characterFields, character)));
}

/**
 * The tokens that need no text of their own, and the rank of the merge that makes each: its parts write something, and
 * together what it does. So parts are shorter than what they make, and spelling it out ends. The others are special
 * tokens, bytes, what a merge spells otherwise than its parts write, and what passes the bounds of a device.
 */
function findMade({ vocab, merges }: TokenizerData): Map<number, number> {
  const isMade = ({ left, right, result }: TokenizerData['merges'][number]): boolean => {
    const [first, second, whole] = [vocab[left]!, vocab[right]!, vocab[result]!];
    return (
      first.length > 0 &&
      second.length > 0 &&
      whole.length <= contract.madeBytesMax &&
      Buffer.concat([first, second]).equals(whole)
    );
  };
  const ranks = [...merges.keys()].filter((rank) => isMade(merges[rank]!));
  ranks.sort((a, b) => vocab[merges[a]!.result]!.length - vocab[merges[b]!.result]!.length || a - b);
  const made = new Map<number, number>();
  const waits = new Map<number, number>();
  for (const rank of ranks) {
    const { left, right, result } = merges[rank]!;
    const most = Math.max((waits.get(left) ?? 0) + 1, waits.get(right) ?? 0);
    if (made.has(result) || most > contract.madeWaitsMax) continue;
    made.set(result, rank);
    waits.set(result, most);
  }
  return made;
}

/** The first result where each merge makes the token behind that of the merge before, and none has a text; or noToken. */
function firstResult({ merges }: TokenizerData, made: ReadonlyMap<number, number>): number {
  const first = merges[0]?.result ?? 0;
  const follows = merges.every(({ result }, rank) => result === first + rank && made.get(result) === rank);
  return follows ? first : contract.noToken;
}

const raw = (array: Uint16Array | Uint32Array): Uint8Array => new Uint8Array(array.buffer);

/** Bytes of the section. Throws a UserError where there are too many merges. */
export function packTokenizer(data: TokenizerData): Uint8Array {
  const { vocab, merges } = data;
  if (merges.length > contract.maxMerges)
    throw new UserError(
      `the tokenizer has ${merges.length} merges; an image holds up to ${contract.maxMerges}`,
    );
  const made = findMade(data);
  const first = firstResult(data, made);
  const texts = vocab.filter((_, id) => !made.has(id));
  const offsets = new Uint32Array(texts.length + 1);
  texts.forEach((bytes, i) => {
    offsets[i + 1] = offsets[i]! + bytes.length;
  });
  const characters = packCharacters(data);
  const head = writeFields(contract.tokenizerFields, {
    pre_tokenizer: contract.preTokenizers[data.kind === 'ascii-words' ? 'asciiWords' : 'metaspace'],
    prefix: contract.textPrefixes[data.prefix === 'unless-space' ? 'unlessSpace' : data.prefix],
    n_tokens: vocab.length,
    n_merges: merges.length,
    first_result: first,
    n_made: made.size,
    n_characters: characters.length / layoutOf(contract.characterFields).bytes,
    text_bytes: offsets.at(-1)!,
  });
  const pairs = merges.map(({ left, right }) => writeFields(contract.mergeFields, { left, right }));
  const byToken = [...made].sort(([a], [b]) => a - b).map(([, rank]) => rank);
  const results = [...merges.map(({ result }) => result), ...byToken];
  const tables = [
    byteSymbols(data),
    orderOf(data),
    Uint16Array.from(first === contract.noToken ? results : []),
  ];
  return Buffer.concat([head, raw(offsets), characters, ...pairs, ...tables.map(raw), ...texts]);
}
