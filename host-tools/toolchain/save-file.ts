// Writes a file whole or not at all: beside its place first, then moved there.
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { UserError } from '../contracts/errors.ts';

const reasons: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EACCES: 'permission is denied',
  EPERM: 'the operation is not permitted',
  EROFS: 'the file system is read-only',
  ENOENT: 'a folder of its path cannot be made',
  ENOTDIR: 'a part of its path is no folder',
  EISDIR: 'it is a folder',
  EEXIST: 'a part of its path is no folder',
  ENAMETOOLONG: 'its name is too long',
  EFBIG: 'the file would be too large',
};

/** Whether a path is there and is a device or a pipe, which is written to and never replaced. */
function isStream(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  return found !== undefined && !found.isFile() && !found.isDirectory();
}

function discard(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // A path through a file is none: nothing was written there.
  }
}

/** Writes and makes folders on the way. Throws a UserError in one sentence; what was there before stays then. */
export function saveFile(path: string, content: string | Uint8Array): void {
  const beside = `${path}.${process.pid}.part`;
  try {
    if (isStream(path)) return writeFileSync(path, content);
    mkdirSync(dirname(path), { recursive: true });
    const file = openSync(beside, 'w');
    try {
      writeFileSync(file, content);
      fsyncSync(file); // A full disk may be noticed only here.
    } finally {
      closeSync(file);
    }
    renameSync(beside, path);
  } catch (error) {
    discard(beside);
    const { code = '' } = error as NodeJS.ErrnoException;
    const reason = reasons[code];
    if (reason === undefined) throw error;
    throw new UserError(
      `${path} was not written: ${reason}`,
      'nothing is left of it; choose another place or make room',
    );
  }
}
