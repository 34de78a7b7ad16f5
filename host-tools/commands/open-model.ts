// Opens a <model> as an engine on this machine: what eval and logits share.
import { join } from 'node:path';
import { defaultBoard, loadBoard } from '../../boards/board.ts';
import { InvalidArgumentError, Option } from 'commander';
import { readCheckpoint, requireTokenizer } from '../compiler/checkpoint.ts';
import { buildIr } from '../compiler/ir.ts';
import { resolveModel, type ModelSource } from '../compiler/model-source.ts';
import type { Tokenizer } from '../compiler/tokenizer.ts';
import { targetOf } from '../compiler/plan-image.ts';
import { compileModel, defaultCompileOptions } from './compile-model.ts';
import { openIntegerEngine } from './integer-engine.ts';
import { UserError } from '../contracts/errors.ts';
import type { Engine } from '../engines/engine.ts';
import { openFloatEngine } from '../engines/float.ts';
import { packageRoot } from '../toolchain/paths.ts';

export interface OpenModel {
  engine: Engine;
  /** Throws a UserError where the model has no tokenizer. */
  tokenizer: () => Tokenizer;
  /** The tokens that a text starts and ends with. */
  ids: { bos: number; eos: number };
}

/** `--engine`, the same for every verb that has it. */
export function engineOption(): Option {
  return new Option('--engine <name>', 'float: the checkpoint; integer: what a board computes')
    .choices(['float', 'integer'])
    .default('integer');
}

/** A whole number from 1 on, as an option's value. */
export function parseCount(text: string): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && count >= 1 && Number.isSafeInteger(count)) return count;
  throw new InvalidArgumentError('A whole number from 1 on is needed.');
}

/** The model that a person names; the shipped default for undefined. */
export function findModel(name: string | undefined): ModelSource {
  return resolveModel(name, join(packageRoot(), 'models-tiny'));
}

/** Opens a model; `engine` is `float` or `integer`. */
export async function openModel(
  name: string | undefined,
  engine: string,
  signal: AbortSignal,
): Promise<OpenModel> {
  const source = findModel(name);
  return engine === 'float' ? openFloat(source) : openInteger(source, signal);
}

/** Runs the packed image as it would be flashed into the default board. */
async function openInteger(source: ModelSource, signal: AbortSignal): Promise<OpenModel> {
  const target = targetOf(await loadBoard(defaultBoard));
  const { image, bytes } = await compileModel(source, { ...defaultCompileOptions, target }, signal);
  return {
    engine: await openIntegerEngine(bytes, image, signal),
    tokenizer: () => {
      if (image.tokenizer.characters.length > 0) return image.tokenizer;
      throw new UserError(
        `${image.name} has no tokenizer, so text has no tokens`,
        'Give tokens by number (ternlet logits --tokens).',
      );
    },
    ids: { bos: image.bos, eos: image.eos },
  };
}

function openFloat(source: ModelSource): OpenModel {
  if (source.kind === 'image') {
    throw new UserError(
      `${source.path} is an image, which holds integers only`,
      'The float engine runs a checkpoint folder; use --engine integer.',
    );
  }
  const checkpoint = readCheckpoint(source.folder);
  return {
    engine: openFloatEngine(buildIr(checkpoint)),
    tokenizer: () => requireTokenizer(checkpoint),
    ids: { bos: checkpoint.config.bosId, eos: checkpoint.config.eosId },
  };
}
