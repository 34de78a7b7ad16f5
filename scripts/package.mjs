// `npm pack` runs this first: dist/ from nothing, with the firmware of each board built into it, so that users need no compiler.
import { cpSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from './build.mjs';
import { root } from './setup.mjs';

/** Copies the build of each board, with its record, to where toolchain/firmware-build.ts looks first; the paths in the package. */
export async function shipFirmware({ boardNames, loadBoard }, { buildFirmware, buildWasm }) {
  const shipped = [];
  for (const name of boardNames()) {
    const { chip } = await loadBoard(name);
    const { path } = chip === 'host' ? await buildWasm() : await buildFirmware(name);
    for (const file of [basename(path), 'build.json']) {
      const to = `dist/firmware/${basename(dirname(path))}/${file}`;
      // One that is found there already is its own source.
      if (join(root, to) !== join(dirname(path), file)) cpSync(join(dirname(path), file), join(root, to));
      shipped.push(to);
    }
  }
  return shipped;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  rmSync(join(root, 'build/tsconfig.build.tsbuildinfo'), { force: true });
  if ((await build()) !== 0) process.exit(1);
  await shipFirmware(
    await import('../dist/boards/board.js'),
    await import('../dist/host-tools/toolchain/firmware-build.js'),
  );
}
