// Golden files: expected text in test/golden, rewritten by `npm run golden` for review.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { assert } from 'chai';

const folder = join(import.meta.dirname, '..', 'golden');

/** Fails unless test/golden/<name> holds exactly this text. */
export function assertGolden(name: string, actual: string): void {
  const path = join(folder, name);
  if (process.env['TERNLET_GOLDEN'] === 'write') {
    writeFileSync(path, actual);
    return;
  }
  const expected = existsSync(path) ? readFileSync(path, 'utf8') : '';
  assert.equal(actual, expected, `test/golden/${name} differs; npm run golden rewrites it for review`);
}
