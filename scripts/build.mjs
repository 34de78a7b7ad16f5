// `npm run build`: TypeScript into dist/, only what changed; then what else the package ships.
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root, run } from './setup.mjs';

/** Brings dist/ up to date; the exit code. */
export async function build() {
  const code = await run(process.execPath, [
    join(root, 'node_modules/typescript/bin/tsc'),
    '-b',
    'tsconfig.build.json',
  ]);
  if (code === 0) chmodSync(join(root, 'dist/host-tools/cli.js'), 0o755);
  return code;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) process.exitCode = await build();
