// The image of a <model> for a board: read from a .tern file, or compiled from a checkpoint; refused where it does not fit.
import type { Board } from '../../boards/board.ts';
import type { ModelSource } from '../compiler/model-source.ts';
import { ImageFault, readImage } from '../compiler/read-image.ts';
import type { Image } from '../compiler/read-image.ts';
import { tableEntries } from '../contracts/image.ts';
import { UserError } from '../contracts/errors.ts';
import { compileModel, defaultCompileOptions } from './compile-model.ts';
import { assertFits } from './fit.ts';
import { cachedImage } from './image-cache.ts';
import { findModel } from './open-model.ts';

export interface ModelImage {
  bytes: Uint8Array;
  image: Image;
}

const tableEntryBytes = 2;

/** Rejects with a UserError for a model that does not exist, is broken, or does not fit the board. */
export async function modelImage(
  model: string | undefined,
  boardName: string,
  board: Board,
): Promise<ModelImage> {
  const { bytes, image } = await imageOf(findModel(model), board);
  assertFits(image, boardName, board);
  const table = image.tableGroups * tableEntries * tableEntryBytes;
  if (table > board.tableBytes) {
    throw new UserError(
      `${image.name} was compiled for another board: its look-up table takes ${table} bytes of RAM, ${boardName} has ${board.tableBytes} for it`,
      `Compile it again with --board ${boardName}.`,
    );
  }
  return { bytes, image };
}

async function imageOf(source: ModelSource, board: Board): Promise<ModelImage> {
  const options = { ...defaultCompileOptions, tableBytes: board.tableBytes };
  if (source.kind === 'image') return compileModel(source, options);
  const compile = async (): Promise<Uint8Array> => (await compileModel(source, options)).bytes;
  const bytes = await cachedImage(source.folder, options, compile);
  try {
    return { bytes, image: readImage(bytes) };
  } catch (error) {
    if (!(error instanceof ImageFault)) throw error;
    return compileModel(source, options); // Somebody spoilt the cache.
  }
}
