// Writes a file whole or not at all, beside its place first and then moved there; and says in words why a file cannot be used.
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
  EFBIG: 'the file would be too large',
  EACCES: 'permission is denied',
  EPERM: 'the operation is not permitted',
  EROFS: 'the file system is read-only',
  ENOENT: 'there is no such file or folder',
  ENOTDIR: 'a part of its path is no folder',
  EISDIR: 'it is a folder',
  ENAMETOOLONG: 'its name is too long',
  EIO: 'the disk does not answer',
};

/** What the machine's answer about a file means, in words; undefined for an error that says something else. */
export function reasonOf(error: unknown): string | undefined {
  const { code, syscall } = error as NodeJS.ErrnoException;
  // mkdir says so of a file that stands in the way.
  if (code === 'EEXIST' && syscall === 'mkdir') return reasons['ENOTDIR'];
  return error instanceof Error && code !== undefined && syscall !== undefined ? reasons[code] : undefined;
}

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

/** Writes and makes folders on the way; throws what the machine answers. What was there before stays then. */
export function replaceFile(path: string, content: string | Uint8Array, folderMode?: number): void {
  const beside = `${path}.${process.pid}.part`;
  try {
    if (isStream(path)) return writeFileSync(path, content);
    mkdirSync(dirname(path), { recursive: true, ...(folderMode !== undefined && { mode: folderMode }) });
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
    throw error;
  }
}

/** The same for a file that a person asked for. Throws a UserError in one sentence. */
export function saveFile(path: string, content: string | Uint8Array): void {
  try {
    replaceFile(path, content);
  } catch (error) {
    const reason = reasonOf(error);
    if (reason === undefined) throw error;
    throw new UserError(
      `${path} was not written: ${reason}`,
      'nothing is left of it; choose another place or make room',
    );
  }
}
