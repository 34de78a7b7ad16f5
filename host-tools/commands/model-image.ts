// The image of a <model> for a board: read from a .tern file, or compiled from a checkpoint; refused where it does not fit.
import type { Board } from '../../boards/board.ts';
import type { Image } from '../compiler/read-image.ts';
import type { ModelSource } from '../compiler/model-source.ts';
import { targetOf } from '../compiler/plan-image.ts';
import { tableBytesPerGroup } from '../contracts/image.ts';
import { UserError } from '../contracts/errors.ts';
import { compileModel, defaultCompileOptions } from './compile-model.ts';
import { assertFits } from './fit.ts';
import { cachedImage } from './image-cache.ts';
import { findModel } from './open-model.ts';

/** An image as bytes, and the same, read. */
export interface ModelImage {
  readonly bytes: Uint8Array;
  readonly image: Image;
}

/** Rejects with a UserError for a model that does not exist, is broken, or does not fit the board. */
export async function modelImage(
  model: string | undefined,
  boardName: string,
  board: Board,
  signal?: AbortSignal,
): Promise<ModelImage> {
  const { bytes, image } = await imageOf(findModel(model), board, signal);
  assertFits(image, boardName, board);
  const table = image.tableGroups * tableBytesPerGroup;
  if (table > board.tableBytes) {
    throw new UserError(
      `${image.name} was compiled for another board: its look-up table takes ${table} bytes of RAM, ${boardName} has ${board.tableBytes} for it`,
      `Compile it again with --board ${boardName}.`,
    );
  }
  return { bytes, image };
}

async function imageOf(source: ModelSource, board: Board, signal?: AbortSignal): Promise<ModelImage> {
  const options = { ...defaultCompileOptions, target: targetOf(board) };
  if (source.kind === 'image') return compileModel(source, options);
  return cachedImage(source.folder, options, () => compileModel(source, options, signal));
}
