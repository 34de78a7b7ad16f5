// Reads tokenizer.json (format of huggingface/tokenizers 0.22, its serializers) and refuses what the device does not do exactly.
import * as z from 'zod';
import { UserError } from '../contracts/errors.ts';
import { parseJsonStrictly } from './json.ts';
import {
  createTokenizer,
  vocabMax,
  type CharacterSymbol,
  type Merge,
  type TextPrefix,
  type Tokenizer,
  type TokenizerData,
} from './tokenizer.ts';

/** The pattern that `ascii-words` is, as tokenizer.json spells it. */
const asciiWordsPattern = "'s|'t|'re|'ve|'m|'ll|'d| ?[A-Za-z]+| ?[0-9]+| ?[^\\sA-Za-z0-9]+|\\s+(?!\\S)|\\s+";
const metaspace = '▁';

const pair = z.tuple([z.string(), z.string()]);
const part = z.looseObject({ type: z.string() });
type Part = z.infer<typeof part>;

const schema = z.object({
  added_tokens: z
    .array(z.object({ id: z.int(), content: z.string(), special: z.boolean().default(false) }))
    .nullable()
    .default([]),
  normalizer: part.nullable().default(null),
  pre_tokenizer: part.nullable().default(null),
  model: z.looseObject({
    type: z.string().optional(),
    dropout: z.number().nullable().default(null),
    continuing_subword_prefix: z.string().nullable().default(null),
    end_of_word_suffix: z.string().nullable().default(null),
    byte_fallback: z.boolean().default(false),
    ignore_merges: z.boolean().default(false),
    vocab: z.unknown(),
    merges: z.unknown(),
  }),
});
type File = z.infer<typeof schema>;

function refusal(found: string): UserError {
  return new UserError(
    `tokenizer.json: ${found}`,
    'Byte-level BPE (GPT-2 or ASCII words) and byte-fallback BPE (Llama, Mistral) are read.',
  );
}

/** Checks the text of a tokenizer.json for a model of `vocabSize` tokens. Throws a UserError that says what was found. */
export function parseTokenizer(text: string, vocabSize: number): Tokenizer {
  const json = parseJsonStrictly(text, 'tokenizer.json') as { model?: { type?: unknown } } | null;
  const type = json?.model?.type;
  if (type !== undefined && type !== 'BPE')
    throw refusal(`the model is ${JSON.stringify(type)}; only "BPE" is read`);
  const parsed = schema.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw refusal(`${issue.path.join('.') || 'the whole'} is not usable: ${issue.message}`);
  }
  const file = parsed.data;
  checkModel(file);
  const vocabulary = readVocabulary(file, vocabSize);
  const merges = readMerges(file, vocabulary.idOf);
  return createTokenizer(
    file.model.byte_fallback
      ? metaspaceData(file, vocabulary, merges)
      : asciiWordsData(file, vocabulary, merges),
  );
}

function checkModel({ model, added_tokens: added }: File): void {
  if (model.dropout !== null && model.dropout !== 0)
    throw refusal(`BPE dropout is ${model.dropout}; only none is read`);
  if (model.ignore_merges) throw refusal('ignore_merges is true; only false is read');
  if (model.continuing_subword_prefix || model.end_of_word_suffix) {
    throw refusal('the model marks sub-words by a prefix or suffix; only unmarked ones are read');
  }
  const plain = (added ?? []).find((token) => !token.special);
  if (plain !== undefined) {
    throw refusal(`added token ${JSON.stringify(plain.content)} is not special; only special ones are read`);
  }
}

interface Vocabulary {
  size: number;
  /** Tokens of the BPE model by their spelling. */
  idOf: ReadonlyMap<string, number>;
  special: readonly number[];
}

function readVocabulary({ model, added_tokens: added }: File, size: number): Vocabulary {
  const { vocab } = model;
  if (typeof vocab !== 'object' || vocab === null || Array.isArray(vocab))
    throw refusal('model.vocab is no map');
  const idOf = new Map(Object.entries(vocab as Record<string, unknown>)) as Map<string, number>;
  const spelling = new Map<number, string>();
  const special = new Set((added ?? []).map((token) => token.id));
  const entries: [string, unknown][] = [
    ...idOf,
    ...(added ?? []).map((token): [string, unknown] => [token.content, token.id]),
  ];
  for (const [token, id] of entries) {
    const name = JSON.stringify(token);
    if (typeof id !== 'number' || !Number.isInteger(id) || id < 0 || id >= Math.min(size, vocabMax)) {
      throw refusal(`token ${name} has id ${JSON.stringify(id)}; the model's vocabulary has ${size}`);
    }
    const other = spelling.get(id);
    if (other !== undefined && other !== token)
      throw refusal(`tokens ${JSON.stringify(other)} and ${name} share id ${id}`);
    spelling.set(id, token);
  }
  return { size, idOf, special: [...special].sort((a, b) => a - b) };
}

function readMerges({ model }: File, idOf: ReadonlyMap<string, number>): Merge[] {
  if (!Array.isArray(model.merges)) throw refusal('model.merges is no list');
  const seen = new Set<number>();
  return (model.merges as unknown[]).map((merge, rank) => {
    const parsed = pair.safeParse(typeof merge === 'string' ? merge.split(' ') : merge);
    if (!parsed.success) throw refusal(`merge ${rank} is ${JSON.stringify(merge)}; two tokens are read`);
    const [first, second] = parsed.data;
    const [left, right, result] = [first, second, first + second].map((token) => {
      const id = idOf.get(token);
      if (id === undefined)
        throw refusal(
          `merge ${rank} needs the token ${JSON.stringify(token)}, which is not in the vocabulary`,
        );
      return id;
    }) as [number, number, number];
    const key = left * vocabMax + right;
    if (seen.has(key)) throw refusal(`merge ${rank} is there twice: ${JSON.stringify(merge)}`);
    seen.add(key);
    return { left, right, result };
  });
}

/** Characters in byte order, to be searched by halves. */
function sortCharacters(symbols: readonly CharacterSymbol[]): CharacterSymbol[] {
  return [...symbols].sort((a, b) => Buffer.compare(a.bytes, b.bytes));
}

function asciiWordsData(
  file: File,
  { size, idOf, special }: Vocabulary,
  merges: readonly Merge[],
): TokenizerData {
  if (file.normalizer !== null)
    throw refusal(`byte-level BPE has a normalizer ${file.normalizer.type}; only none is read`);
  checkAsciiWords(file.pre_tokenizer);
  const byteOf = byteLevelAlphabet();
  const vocab = Array.from({ length: size }, () => new Uint8Array());
  const isSpecial = new Set(special);
  for (const [token, id] of idOf) {
    if (isSpecial.has(id)) continue;
    vocab[id] = Uint8Array.from(token, (character) => {
      const byte = byteOf.get(character);
      if (byte === undefined)
        throw refusal(`token ${JSON.stringify(token)} is not spelt in the byte-level alphabet`);
      return byte;
    });
  }
  const symbols = [...byteOf].flatMap(([character, byte]) => {
    const id = idOf.get(character);
    return byte < 0x80 && id !== undefined ? [{ bytes: Uint8Array.of(byte), id }] : [];
  });
  const characters = sortCharacters(symbols);
  return { kind: 'ascii-words', prefix: 'none', vocab, special, characters, byteSymbols: undefined, merges };
}

/** The parts of a Sequence; none where they are not what they should be, which no check takes for sound. */
function partsOf(value: unknown): Part[] {
  return z.array(part).safeParse(value).data ?? [];
}

/** ByteLevel with the pattern of GPT-2, or a Split by the ASCII pattern before a ByteLevel without one. */
function checkAsciiWords(preTokenizer: Part | null): void {
  const parts: (Part | null)[] =
    preTokenizer?.type === 'Sequence' ? partsOf(preTokenizer.pretokenizers) : [preTokenizer];
  const [split, byteLevel] = parts.length === 2 ? parts : [undefined, parts[0]];
  if (parts.length > 2 || byteLevel?.type !== 'ByteLevel' || (split && split.type !== 'Split')) {
    const found = parts.map((one) => one?.type ?? 'none').join(', ') || 'none';
    throw refusal(
      `the pre-tokenizer is ${found}; ByteLevel, alone or after a Split, is read for BPE without byte_fallback`,
    );
  }
  if (byteLevel.add_prefix_space === true)
    throw refusal('ByteLevel has add_prefix_space true; only false is read');
  const usesOwnPattern = byteLevel.use_regex !== false;
  if (usesOwnPattern !== (split === undefined)) {
    throw refusal(
      `ByteLevel has use_regex ${usesOwnPattern} ${split ? 'after a Split' : 'without a Split'}; exactly one pattern is read`,
    );
  }
  if (!split) return;
  const pattern = (split.pattern as { Regex?: unknown } | undefined)?.Regex;
  if (pattern !== asciiWordsPattern || split.behavior !== 'Isolated' || split.invert === true) {
    throw refusal(
      `the text is split by ${JSON.stringify(split.pattern)} (${String(split.behavior)}); only ${asciiWordsPattern} (Isolated) is read`,
    );
  }
}

/** The byte of each character of the byte-level alphabet: printable Latin-1 is itself, the others follow from U+0100 on. */
function byteLevelAlphabet(): Map<string, number> {
  const alphabet = new Map<string, number>();
  let next = 0x100;
  for (let byte = 0; byte < 256; byte++) {
    const isItself = (byte > 0x20 && byte < 0x7f) || (byte > 0xa0 && byte !== 0xad);
    alphabet.set(String.fromCodePoint(isItself ? byte : next++), byte);
  }
  return alphabet;
}

function metaspaceData(
  file: File,
  { size, idOf, special }: Vocabulary,
  merges: readonly Merge[],
): TokenizerData {
  const { prefix, splitsEachSpace } = readMetaspace(file);
  const byteSymbols = Array.from({ length: 256 }, (_, byte) => {
    const token = byteToken(byte);
    const id = idOf.get(token);
    if (id === undefined) throw refusal(`byte_fallback lacks the token ${token}; all 256 are needed`);
    return id;
  });
  const spaceId = idOf.get(metaspace);
  if (spaceId === undefined)
    throw refusal(`the vocabulary lacks the token "${metaspace}" that stands for a space`);
  const byteOf = new Map(byteSymbols.map((id, byte) => [id, byte]));
  const isSpecial = new Set(special);
  const vocab = Array.from({ length: size }, () => new Uint8Array());
  const symbols: CharacterSymbol[] = [{ bytes: Uint8Array.of(0x20), id: spaceId }];
  const utf8 = new TextEncoder();
  for (const [token, id] of idOf) {
    if (isSpecial.has(id)) continue;
    const byte = byteOf.get(id);
    vocab[id] = byte !== undefined ? Uint8Array.of(byte) : utf8.encode(token.replaceAll(metaspace, ' '));
    if (Array.from(token).length === 1 && token !== ' ') symbols.push({ bytes: utf8.encode(token), id });
  }
  checkWordMerges(idOf, merges, splitsEachSpace);
  return {
    kind: 'metaspace',
    prefix,
    vocab,
    special,
    characters: sortCharacters(symbols),
    byteSymbols,
    merges,
  };
}

function byteToken(byte: number): string {
  return `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`;
}

/** Llama's two spellings: a normalizer that prepends and replaces, or the pre-tokenizer Metaspace. */
function readMetaspace({ normalizer, pre_tokenizer: preTokenizer }: File): {
  prefix: TextPrefix;
  splitsEachSpace: boolean;
} {
  if (normalizer !== null && preTokenizer === null) {
    return { prefix: readPrependReplace(normalizer), splitsEachSpace: false };
  }
  if (normalizer !== null || preTokenizer?.type !== 'Metaspace' || preTokenizer.replacement !== metaspace) {
    const found = `normalizer ${normalizer?.type ?? 'none'}, pre-tokenizer ${preTokenizer?.type ?? 'none'}`;
    throw refusal(`byte-fallback BPE has ${found}; Prepend and Replace, or Metaspace, is read`);
  }
  const scheme =
    preTokenizer.prepend_scheme ?? (preTokenizer.add_prefix_space === false ? 'never' : 'always');
  if (scheme !== 'always' && scheme !== 'first' && scheme !== 'never') {
    throw refusal(`Metaspace has prepend_scheme ${JSON.stringify(scheme)}; always, first and never are read`);
  }
  return {
    prefix: scheme === 'never' ? 'none' : 'unless-space',
    splitsEachSpace: preTokenizer.split !== false,
  };
}

function readPrependReplace(normalizer: Part): TextPrefix {
  const parts = normalizer.type === 'Sequence' ? partsOf(normalizer.normalizers) : [normalizer];
  const replace = parts.at(-1);
  const prepend = parts.length === 2 ? parts[0] : undefined;
  const replaces =
    replace?.type === 'Replace' &&
    (replace.pattern as { String?: unknown } | undefined)?.String === ' ' &&
    replace.content === metaspace;
  const prepends = prepend === undefined || (prepend.type === 'Prepend' && prepend.prepend === metaspace);
  if (parts.length > 2 || !replaces || !prepends) {
    throw refusal(
      `the normalizer is ${parts.map((one) => one.type).join(', ')}; Prepend "${metaspace}" and Replace " " by "${metaspace}" are read`,
    );
  }
  return prepend ? 'always' : 'none';
}

/** Words are encoded one by one: exact only if no merge reaches across the place where a word begins. */
function checkWordMerges(
  idOf: ReadonlyMap<string, number>,
  merges: readonly Merge[],
  splitsEachSpace: boolean,
): void {
  const spelling = new Map([...idOf].map(([token, id]) => [id, token]));
  const crosses = splitsEachSpace ? /.▁/su : /[^▁]▁/su;
  for (const { result } of merges) {
    const token = spelling.get(result)!;
    if (crosses.test(token)) {
      throw refusal(
        `merge ${JSON.stringify(token)} reaches over the start of a word; only merges inside words are read`,
      );
    }
  }
}
