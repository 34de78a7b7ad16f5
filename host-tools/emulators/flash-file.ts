// The flash of an emulated board between its runs: one file, replaced as a whole.
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { DeviceError } from '../contracts/errors.ts';

/** The flash in `path`, or an erased one (0xFF) where there is none yet. Throws a DeviceError for a file of another size. */
export function loadFlash(path: string, bytes: number): Buffer {
  let flash: Buffer;
  try {
    flash = readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(bytes, 0xff);
    throw new DeviceError(`the emulated flash ${path} cannot be read: ${(error as Error).message}`);
  }
  if (flash.length === bytes) return flash;
  throw new DeviceError(
    `the emulated flash ${path} has ${flash.length} bytes, the board's has ${bytes}`,
    'delete the file to begin with an erased board',
  );
}

/** Replaces the file. Throws a DeviceError when that fails, for instance on a full disk; the old file is whole then. */
export function saveFlash(path: string, flash: Uint8Array): void {
  const fresh = `${path}.new`;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const file = openSync(fresh, 'w');
    try {
      writeFileSync(file, flash);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(fresh, path);
  } catch (error) {
    rmSync(fresh, { force: true });
    const { code, message } = error as NodeJS.ErrnoException;
    const full = code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG';
    throw new DeviceError(
      `the emulated flash ${path} cannot be written: ${full ? 'the disk is full' : message}`,
      full ? `free ${flash.length} bytes and flash again; what was flashed before is unchanged` : undefined,
    );
  }
}
