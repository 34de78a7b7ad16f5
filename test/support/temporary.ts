// A folder for one test file, and what a refusal says.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../../host-tools/contracts/errors.ts';

/** A folder that is removed after the tests of the `describe` that calls this. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'ternlet-test-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
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
