// Tokenizer → its section of an image. Layout: tokenizerFields of contracts/image.ts.
import { layoutOf, writeFields } from '../contracts/c-header.ts';
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

function packMerges(data: TokenizerData): Uint8Array {
  const ranked = data.merges.map((merge, rank) => ({ ...merge, rank }));
  ranked.sort((a, b) => a.left - b.left || a.right - b.right);
  return Buffer.concat(
    ranked.map(({ left, right, rank, result }) =>
      writeFields(contract.mergeFields, { left, right, rank, result }),
    ),
  );
}

function packCharacters(data: TokenizerData): Uint8Array {
  const long = data.characters.filter(({ bytes }) => bytes.length > 1);
  const keyed = long.map(({ bytes, id }) => ({ bytes: characterKey(bytes), id, reserved: 0 }));
  keyed.sort((a, b) => a.bytes - b.bytes);
  return Buffer.concat(keyed.map((character) => writeFields(contract.characterFields, character)));
}

const raw = (array: Uint16Array | Uint32Array): Uint8Array => new Uint8Array(array.buffer);

/** Bytes of the section. */
export function packTokenizer(data: TokenizerData): Uint8Array {
  const text = Buffer.concat(data.vocab);
  const offsets = new Uint32Array(data.vocab.length + 1);
  data.vocab.forEach((bytes, id) => {
    offsets[id + 1] = offsets[id]! + bytes.length;
  });
  const characters = packCharacters(data);
  const head = writeFields(contract.tokenizerFields, {
    pre_tokenizer: contract.preTokenizers[data.kind === 'ascii-words' ? 'asciiWords' : 'metaspace'],
    prefix: contract.textPrefixes[data.prefix === 'unless-space' ? 'unlessSpace' : data.prefix],
    n_tokens: data.vocab.length,
    n_merges: data.merges.length,
    n_characters: characters.length / layoutOf(contract.characterFields).bytes,
    text_bytes: text.length,
  });
  return Buffer.concat([head, raw(offsets), packMerges(data), characters, raw(byteSymbols(data)), text]);
}
