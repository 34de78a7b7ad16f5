// Reads a text that a person names: as it is or gunzipped, UTF-8.
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { UserError } from '../contracts/errors.ts';
import { findInvalidUtf8 } from '../compiler/tokenizer.ts';

/** A text as it is or gunzipped, which must be UTF-8. */
export function readText(path: string): string {
  const raw = readFileSync(path);
  let bytes: Uint8Array = raw;
  if (raw[0] === 0x1f && raw[1] === 0x8b) {
    try {
      bytes = gunzipSync(raw);
    } catch (error) {
      throw new UserError(
        `${path} cannot be unpacked: ${(error as Error).message}`,
        'Pack it again with gzip.',
      );
    }
  }
  const invalid = findInvalidUtf8(bytes);
  if (invalid >= 0)
    throw new UserError(`${path} is not valid UTF-8 at offset ${invalid}`, 'Save the text as UTF-8.');
  return new TextDecoder().decode(bytes);
}
