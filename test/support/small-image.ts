// Images for tests: of a checkpoint folder or of a random model, with a small tokenizer where there is none.
import { anyTarget } from '../../host-tools/compiler/plan-image.ts';
import { readCheckpoint } from '../../host-tools/compiler/checkpoint.ts';
import { buildIr } from '../../host-tools/compiler/ir.ts';
import { pack, type PackOptions } from '../../host-tools/compiler/pack.ts';
import { quantize, type EmbeddingBits } from '../../host-tools/compiler/quantize.ts';
import type { TokenizerData } from '../../host-tools/compiler/tokenizer.ts';

export interface ImageOptions extends Partial<PackOptions> {
  readonly embeddingBits?: EmbeddingBits;
  readonly tokenizer?: TokenizerData;
  /** RAM for look-up tables, where no target is given. */
  readonly tableBytes?: number;
  /** Whether equal norms of i, f and g make one matrix of the three, as they do where nothing is said. */
  readonly share?: boolean;
}

/** Packs a checkpoint folder: t5 with a table of 8 KB and an int8 embedding where nothing else is said. */
export function compileFolder(folder: string, options: ImageOptions = {}): Uint8Array {
  const { embeddingBits = 8, weights = 't5', share = true } = options;
  const target = options.target ?? anyTarget(options.tableBytes ?? 8192);
  const checkpoint = readCheckpoint(folder);
  const ir = buildIr(checkpoint);
  const tokenizer = options.tokenizer ?? checkpoint.tokenizer() ?? smallTokenizer(ir.config.vocabSize);
  const hash = Buffer.from(checkpoint.sha256(), 'hex');
  return pack(quantize(ir, hash, embeddingBits, share), tokenizer, { weights, target });
}

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/**
 * A tokenizer of 13 tokens whose ids have nothing of the order of its merges: a special token and characters in between,
 * tokens that two merges make, one that a merge makes of a part without text.
 */
export function scatteredTokenizer(): TokenizerData {
  const texts = ['', 'abcd', ' ', 'a', 'b', 'c', 'd', 'cd', '', 'ab', 'bc', 'abc', 'dd'];
  const [abcd, a, b, c, d, cd, special, ab, bc, abc, dd] = [1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
  return {
    kind: 'ascii-words',
    prefix: 'none',
    vocab: texts.map(utf8),
    special: [0, special],
    characters: [' ', 'a', 'b', 'c', 'd'].map((text, i) => ({ bytes: utf8(text), id: i + 2 })),
    byteSymbols: undefined,
    merges: [
      { left: special, right: dd, result: dd },
      { left: ab, right: cd, result: abcd },
      { left: b, right: c, result: bc },
      { left: a, right: bc, result: abc },
      { left: a, right: b, result: ab },
      { left: ab, right: c, result: abc },
      { left: c, right: d, result: cd },
      { left: abc, right: d, result: abcd },
    ],
  };
}

/**
 * A tokenizer that fits any vocabulary of 10 tokens or more: a start token, " ", "a" to "d", "é" and, of `metaspace`, a few
 * bytes' worth of text; then the merges "ab", "cd", "abcd".
 */
export function smallTokenizer(
  vocabSize: number,
  kind: TokenizerData['kind'] = 'ascii-words',
): TokenizerData {
  const characters = [' ', 'a', 'b', 'c', 'd', ...(kind === 'metaspace' ? ['é'] : [])];
  const first = 1 + characters.length;
  const pairs = [
    { left: 2, right: 3, result: first },
    { left: 4, right: 5, result: first + 1 },
    { left: first, right: first + 1, result: first + 2 },
  ];
  const texts = ['', ...characters, 'ab', 'cd', 'abcd'];
  if (texts.length > vocabSize) throw new Error(`the small tokenizer needs ${texts.length} tokens`);
  return {
    kind,
    prefix: kind === 'metaspace' ? 'always' : 'none',
    vocab: texts.map(utf8),
    special: [0],
    characters: characters.map((text, i) => ({ bytes: utf8(text), id: i + 1 })),
    byteSymbols: undefined,
    merges: pairs,
  };
}
