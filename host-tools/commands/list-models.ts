// What is known of every shipped model: its card, its shape, and what its image takes of each board.
import { join } from 'node:path';
import { boardNames, loadBoard } from '../../boards/board.ts';
import { readCheckpoint } from '../compiler/checkpoint.ts';
import { buildIr } from '../compiler/ir.ts';
import { shippedModels } from '../compiler/model-source.ts';
import { packModel } from '../compiler/pack-model.ts';
import { targetOf } from '../compiler/plan-image.ts';
import { readImage } from '../compiler/read-image.ts';
import { defaultCompileOptions } from './compile-model.ts';
import { fitOf } from './fit.ts';
import type { Board } from '../../boards/board.ts';
import type { Checkpoint } from '../compiler/checkpoint.ts';
import type { ModelConfig } from '../compiler/config.ts';
import type { ModelCard, ModelFigure } from '../compiler/model-source.ts';
import type { Image } from '../compiler/read-image.ts';
import type { Fit } from './fit.ts';

/** A shipped model; fields as in the JSON of `ternlet models`. */
export interface ListedModel {
  name: string;
  title: string;
  licence: string;
  default: boolean;
  layers: number;
  hidden: number;
  vocabulary: number;
  parameters: number;
  /** Extensions of the official architecture that it uses, as config.json names them. */
  extensions: string[];
  bits_per_byte: ModelFigure | null;
  accuracy: ModelFigure | null;
  /** By board: flash and RAM that the image needs there, and what is free for it. */
  boards: Record<string, Fit>;
}

/** All models below `home` (models-tiny), sorted by name. */
export async function listModels(home: string, signal: AbortSignal): Promise<ListedModel[]> {
  const boards = await Promise.all(
    boardNames().map(async (name): Promise<[string, Board]> => [name, await loadBoard(name)]),
  );
  const models: ListedModel[] = [];
  for (const [name, card] of shippedModels(home)) {
    await new Promise(setImmediate); // Lets Ctrl-C in.
    signal.throwIfAborted();
    models.push(describeModel(name, card, readCheckpoint(join(home, name)), boards));
  }
  return models;
}

function describeModel(
  name: string,
  card: ModelCard,
  checkpoint: Checkpoint,
  boards: readonly [string, Board][],
): ListedModel {
  const { config } = checkpoint;
  const images = imagesOf(checkpoint);
  const { title, licence, bits_per_byte = null, accuracy = null } = card;
  return {
    ...{ name, title, licence, default: card.default },
    layers: config.layers,
    hidden: config.hiddenSize,
    vocabulary: config.vocabSize,
    parameters: parametersOf(checkpoint),
    extensions: extensionsOf(config),
    ...{ bits_per_byte, accuracy },
    boards: Object.fromEntries(boards.map(([boardName, board]) => [boardName, fitOf(images(board), board)])),
  };
}

/** The image for a board. 8 bits is what `auto` takes for every shipped model: test/golden/models-page.test.ts. */
function imagesOf(checkpoint: Checkpoint): (board: Board) => Image {
  const ir = buildIr(checkpoint);
  return (board) =>
    readImage(packModel(checkpoint, ir, 8, { ...defaultCompileOptions, target: targetOf(board) }));
}

/** Numbers in the weights file. */
function parametersOf({ tensors }: Checkpoint): number {
  const counts = [...tensors.values()].map(({ shape }) => shape.reduce((product, size) => product * size, 1));
  return counts.reduce((sum, count) => sum + count, 0);
}

function extensionsOf({ embeddingDigits, weightDigits }: ModelConfig): string[] {
  return [
    ...(embeddingDigits > 0 ? [`embedding_digits ${embeddingDigits}`] : []),
    ...(weightDigits > 0 ? ['row_scales'] : []),
    ...(weightDigits > 1 ? [`weight_digits ${weightDigits}`] : []),
  ];
}
