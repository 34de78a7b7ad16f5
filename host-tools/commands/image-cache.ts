// Compiled images kept in the state folder, so that a second start need not compile: named by all that they depend on.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { readCheckpoint } from '../compiler/checkpoint.ts';
import { ImageFault, readImage } from '../compiler/read-image.ts';
import { stateFolder } from '../toolchain/paths.ts';
import { reasonOf, replaceFile } from '../toolchain/save-file.ts';
import type { CompileOptions } from './compile-model.ts';
import type { ModelImage } from './model-image.ts';

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

/** What is kept at a path; undefined where there is nothing, or nothing that a device would take. */
function kept(path: string): ModelImage | undefined {
  try {
    const bytes = readFileSync(path);
    return { bytes, image: readImage(bytes) };
  } catch (error) {
    if (error instanceof ImageFault || reasonOf(error) !== undefined) return undefined;
    throw error;
  }
}

function removeOldest(): void {
  const found = readdirSync(imagesFolder()).flatMap((name) => {
    const path = join(imagesFolder(), name);
    // Another process may have moved or removed it by now.
    const time = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
    return time === undefined ? [] : [{ path, time }];
  });
  const newestFirst = found.sort((a, b) => b.time - a.time);
  for (const { path } of newestFirst.slice(imagesMax)) rmSync(path, { force: true });
}

/** The image of a checkpoint folder from the cache, or made and kept there. A folder that cannot be written to is no fault. */
export async function cachedImage(
  checkpointFolder: string,
  options: CompileOptions,
  make: () => Promise<ModelImage>,
): Promise<ModelImage> {
  const path = pathFor(checkpointFolder, options);
  const found = kept(path);
  if (found) return found;
  const made = await make();
  try {
    replaceFile(path, made.bytes);
    removeOldest();
  } catch (error) {
    if (reasonOf(error) === undefined) throw error;
  }
  return made;
}
