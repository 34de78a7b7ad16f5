// Compiled images kept in the state folder, so that a second start need not compile: named by all that they depend on.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { readCheckpoint } from '../compiler/checkpoint.ts';
import { UserError } from '../contracts/errors.ts';
import { stateFolder } from '../toolchain/paths.ts';
import { saveFile } from '../toolchain/save-file.ts';
import type { CompileOptions } from './compile-model.ts';

/** Images beyond this many are removed, the oldest first. */
const imagesMax = 8;

/** Code that decides what an image is: a change of it makes another image. */
const codeFolders = ['compiler', 'contracts', 'engines'].map((name) => join(import.meta.dirname, '..', name));

function hashOfCode(): string {
  const hash = createHash('sha256');
  for (const folder of codeFolders)
    for (const name of readdirSync(folder).sort())
      if (/\.(js|ts)$/.test(name)) hash.update(name).update(readFileSync(join(folder, name)));
  return hash.digest('hex');
}

const imagesFolder = (): string => join(stateFolder(), 'images');

function pathFor(checkpointFolder: string, options: CompileOptions): string {
  const parts = [
    readCheckpoint(checkpointFolder).sha256(),
    checkpointFolder,
    JSON.stringify(options),
    hashOfCode(),
  ];
  const key = createHash('sha256').update(parts.join('\n')).digest('hex');
  return join(imagesFolder(), `${key.slice(0, 32)}.tern`);
}

function removeOldest(): void {
  const paths = readdirSync(imagesFolder()).map((name) => join(imagesFolder(), name));
  const newestFirst = paths
    .map((path) => ({ path, time: statSync(path).mtimeMs }))
    .sort((a, b) => b.time - a.time);
  for (const { path } of newestFirst.slice(imagesMax)) rmSync(path, { force: true });
}

/** The image of a checkpoint folder from the cache, or made and kept there. A folder that cannot be written to is no fault. */
export async function cachedImage(
  checkpointFolder: string,
  options: CompileOptions,
  make: () => Promise<Uint8Array>,
): Promise<Uint8Array> {
  const path = pathFor(checkpointFolder, options);
  if (existsSync(path)) return readFileSync(path);
  const image = await make();
  try {
    saveFile(path, image);
    removeOldest();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
  }
  return image;
}
