// Folders that are gone after the tests, a state folder for one `describe`, and what a refusal says.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../../host-tools/contracts/errors.ts';

const folders: string[] = [];
process.once('exit', () => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

/** A folder that is removed when the tests end, so that what a test closes last may still write there. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'ternlet-test-'));
  folders.push(folder);
  return folder;
}

/** A folder that TERNLET_STATE names, in this process and in those that it starts, during the tests of the `describe` that calls this. */
export function temporaryState(): string {
  const folder = temporaryFolder();
  before(function () {
    const outer = process.env['TERNLET_STATE'];
    process.env['TERNLET_STATE'] = folder;
    // Last in line, after every `after` that is written in the file: a board that closes there still knows its folder.
    this.test!.parent!.afterAll('gives TERNLET_STATE back', () => {
      if (outer === undefined) delete process.env['TERNLET_STATE'];
      else process.env['TERNLET_STATE'] = outer;
    });
  });
  return folder;
}

/** The sentence with which `action` refuses; fails where it does not, or where the error is no UserError. */
export function refusalOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
  throw new Error('nothing was refused');
}
