// What a person means by <model>: a shipped name, a checkpoint folder, or the file of an image.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { UserError } from '../contracts/errors.ts';
import { parseJsonStrictly } from './json.ts';

export type ModelSource = { kind: 'checkpoint'; folder: string } | { kind: 'image'; path: string };

const figureSchema = z.strictObject({
  value: z.number().positive(),
  /** That of `ternlet eval`. */
  engine: z.enum(['integer', 'float']),
  /** What it was measured on. */
  text: z.string().min(1),
});

const cardSchema = z.strictObject({
  title: z.string(),
  licence: z.string(),
  /** The model that is taken when none is named; exactly one is. */
  default: z.boolean(),
  /** Numbers in the weights file. */
  parameters: z.int().positive().optional(),
  /** Of the image that `ternlet compile` makes for the default board. */
  image_bytes: z.int().positive().optional(),
  bits_per_byte: figureSchema.optional(),
  /** Share of answers that are right, of a model that has a job. */
  accuracy: figureSchema.extend({ value: z.number().min(0).max(1) }).optional(),
});

/** How well a model did, by which engine and on what. */
export type ModelFigure = z.infer<typeof figureSchema>;

/** What model.json of a shipped model says; the README beside it has the whole story. */
export type ModelCard = z.infer<typeof cardSchema>;

/** The shipped models by name, from the folders of `home` (models-tiny) that have a model.json; sorted. */
export function shippedModels(home: string): Map<string, ModelCard> {
  const names = existsSync(home) ? readdirSync(home).sort() : [];
  const cards = names.flatMap((name): [string, ModelCard][] => {
    const path = join(home, name, 'model.json');
    return existsSync(path) ? [[name, readCard(path)]] : [];
  });
  return new Map(cards);
}

function readCard(path: string): ModelCard {
  const { success, data, error } = cardSchema.safeParse(parseJsonStrictly(readFileSync(path, 'utf8'), path));
  if (success) return data;
  const issue = error.issues[0]!;
  throw new UserError(`${path}: ${issue.path.join('.') || 'the whole'} is not usable: ${issue.message}`);
}

/** Finds a model; the shipped default where none is named. `home` is models-tiny. Throws a UserError that lists what exists. */
export function resolveModel(nameOrPath: string | undefined, home: string): ModelSource {
  const shipped = shippedModels(home);
  const name = nameOrPath ?? [...shipped].find(([, card]) => card.default)?.[0];
  const hint = `Shipped are ${[...shipped.keys()].join(', ') || 'none'}; a checkpoint folder or a .tern file is taken too.`;
  if (name === undefined) throw new UserError('no model is named, and none is shipped as the default', hint);
  if (shipped.has(name)) return { kind: 'checkpoint', folder: join(home, name) };
  if (!existsSync(name)) {
    throw new UserError(`there is no model "${name}": it is neither shipped nor a file or folder`, hint);
  }
  if (statSync(name).isDirectory()) return { kind: 'checkpoint', folder: name };
  if (name.endsWith('.safetensors')) {
    throw new UserError(
      `${name} holds weights only`,
      'Name the folder that holds it with config.json and tokenizer.json.',
    );
  }
  return { kind: 'image', path: name };
}
