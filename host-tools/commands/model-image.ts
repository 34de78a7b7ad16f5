// The image of a <model> for a board: read from a .tern file, or made from a checkpoint.
import { readFileSync } from 'node:fs';
import type { Board } from '../../boards/board.ts';
import { readCheckpoint, requireTokenizer } from '../compiler/checkpoint.ts';
import { buildIr } from '../compiler/ir.ts';
import { pack } from '../compiler/pack.ts';
import { quantize } from '../compiler/quantize.ts';
import { readImage } from '../compiler/read-image.ts';
import type { Image } from '../compiler/read-image.ts';
import { tableEntries } from '../contracts/image.ts';
import { UserError } from '../contracts/errors.ts';
import { findModel } from './open-model.ts';

export interface ModelImage {
  bytes: Uint8Array;
  image: Image;
}

const embeddingBits = 8;
const tableEntryBytes = 2;

/** Rejects with a UserError for a model that does not exist, is broken, or does not fit the board. */
export function modelImage(model: string | undefined, boardName: string, board: Board): ModelImage {
  const source = findModel(model);
  const bytes = source.kind === 'image' ? readFileSync(source.path) : compile(source.folder, board);
  const what = source.kind === 'image' ? source.path : source.folder;
  const image = readImage(bytes);
  const { image: region } = board.flashMap;
  if (bytes.length > region.bytes) {
    throw new UserError(
      `${what} does not fit ${boardName}: its image has ${bytes.length} bytes, ${region.bytes} are free`,
      'choose a smaller model (ternlet models)',
    );
  }
  const table = image.tableGroups * tableEntries * tableEntryBytes;
  if (table > board.tableBytes) {
    throw new UserError(
      `${what} was compiled for another board: its look-up table takes ${table} bytes of RAM, ${boardName} has ${board.tableBytes} for it`,
      `compile it again with --board ${boardName}`,
    );
  }
  return { bytes, image };
}

function compile(folder: string, board: Board): Uint8Array {
  const checkpoint = readCheckpoint(folder);
  const model = quantize(buildIr(checkpoint), Buffer.from(checkpoint.sha256(), 'hex'), embeddingBits);
  return pack(model, requireTokenizer(checkpoint), { weights: 't5', tableBytes: board.tableBytes });
}
