// A checkpoint folder: config.json, the weights as safetensors, and tokenizer.json where text is wanted.
import { createHash } from 'node:crypto';
import { closeSync, existsSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { UserError } from '../contracts/errors.ts';
import { parseConfig, type ModelConfig } from './config.ts';
import { openTensors, type TensorDirectory } from './safetensors.ts';
import { parseTokenizer } from './tokenizer-json.ts';
import type { Tokenizer } from './tokenizer.ts';

export interface CheckpointFile {
  name: string;
  bytes: number;
  sha256: string;
}

export interface Checkpoint {
  folder: string;
  config: ModelConfig;
  /** By official name; a tensor is read when it is asked for. */
  tensors: TensorDirectory;
  /** The tokenizer; undefined where the folder has no tokenizer.json, a UserError where it is of a kind that is refused. */
  tokenizer(): Tokenizer | undefined;
  /** The files that make the model, each with its hash; computed when asked for. */
  files(): CheckpointFile[];
  /** One hash for all of them: SHA-256 of the lines `<sha256>  <name>` (as sha256sum prints them) of `files()`. */
  sha256(): string;
}

/** Reads config and tensor directory of a folder. Throws a UserError that names the file, field or tensor. */
export function readCheckpoint(folder: string): Checkpoint {
  if (!existsSync(folder) || !statSync(folder).isDirectory()) {
    throw new UserError(
      `${folder} is no checkpoint folder`,
      'A checkpoint folder holds config.json and model.safetensors.',
    );
  }
  const configPath = join(folder, 'config.json');
  if (!existsSync(configPath)) {
    throw new UserError(
      `${folder} holds no config.json`,
      'A checkpoint folder holds config.json and model.safetensors.',
    );
  }
  const config = parseConfig(readFileSync(configPath, 'utf8'), basename(resolve(folder)));
  const { tensors, files: weightFiles } = openTensors(folder);
  const tokenizerPath = join(folder, 'tokenizer.json');
  const hasTokenizer = existsSync(tokenizerPath);
  const paths = [configPath, ...weightFiles, ...(hasTokenizer ? [tokenizerPath] : [])];
  const files = once(() => paths.map(describeFile));
  return {
    folder,
    config,
    tensors,
    tokenizer: once(() =>
      hasTokenizer ? parseTokenizer(readFileSync(tokenizerPath, 'utf8'), config.vocabSize) : undefined,
    ),
    files,
    sha256: once(() => {
      const lines = files().map((file) => `${file.sha256}  ${file.name}\n`);
      return createHash('sha256').update(lines.join('')).digest('hex');
    }),
  };
}

/** The tokenizer of a checkpoint that must have one. */
export function requireTokenizer(checkpoint: Checkpoint): Tokenizer {
  const tokenizer = checkpoint.tokenizer();
  if (tokenizer !== undefined) return tokenizer;
  throw new UserError(
    `${checkpoint.folder} holds no tokenizer.json, so text has no tokens`,
    'Give tokens by number (ternlet logits --tokens).',
  );
}

function describeFile(path: string): CheckpointFile {
  const hash = createHash('sha256');
  const handle = openSync(path, 'r');
  const chunk = new Uint8Array(1 << 20);
  let bytes = 0;
  try {
    for (let got = readSync(handle, chunk); got > 0; got = readSync(handle, chunk)) {
      hash.update(chunk.subarray(0, got));
      bytes += got;
    }
  } finally {
    closeSync(handle);
  }
  return { name: basename(path), bytes, sha256: hash.digest('hex') };
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
