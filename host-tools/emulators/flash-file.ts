// The flash of an emulated board, and between its runs: one file, replaced as a whole.
import { readFileSync } from 'node:fs';
import { DeviceError } from '../contracts/errors.ts';
import { reasonOf, replaceFile } from '../toolchain/save-file.ts';

/** The flash in `path`, or an erased one (0xFF) where there is none yet. Throws a DeviceError for a file of another size. */
export function loadFlash(path: string, bytes: number): Buffer {
  let flash: Buffer;
  try {
    flash = readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(bytes, 0xff);
    throw new DeviceError(
      `the emulated flash ${path} cannot be read: ${reasonOf(error) ?? (error as Error).message}`,
    );
  }
  if (flash.length === bytes) return flash;
  throw new DeviceError(
    `the emulated flash ${path} has ${flash.length} bytes, the board's has ${bytes}`,
    'delete the file to begin with an erased board',
  );
}

/** Replaces the file. Throws a DeviceError when that fails, for instance on a full disk; the old file is whole then. */
export function saveFlash(path: string, flash: Uint8Array): void {
  try {
    replaceFile(path, flash, 0o700);
  } catch (error) {
    throw new DeviceError(
      `the emulated flash ${path} cannot be written: ${reasonOf(error) ?? (error as Error).message}`,
      `make room for ${flash.length} bytes there and flash again; what was flashed before is unchanged`,
    );
  }
}

/** A board's flash in memory, and its file. */
export class KeptFlash {
  readonly bytes: Buffer;
  readonly path: string;
  #changed = false;
  #problem: string | undefined;

  /** Throws a DeviceError for a file of another size, and for one that cannot be read. */
  constructor(path: string, bytes: number) {
    this.path = path;
    this.bytes = loadFlash(path, bytes);
  }

  /** Why the file is older than the flash, where it could not be written. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** No program is there: its first words are erased. */
  get isBlank(): boolean {
    return this.bytes.readUInt32LE(0) === 0xffff_ffff && this.bytes.readUInt32LE(4) === 0xffff_ffff;
  }

  /** Says that `bytes` was written to. */
  changed(): void {
    this.#changed = true;
  }

  /** Writes the file where the flash has changed. Throws a DeviceError when that fails. */
  keep(): void {
    if (!this.#changed) return;
    try {
      saveFlash(this.path, this.bytes);
      this.#changed = false;
      this.#problem = undefined;
    } catch (error) {
      this.#problem = (error as Error).message;
      throw error;
    }
  }
}
