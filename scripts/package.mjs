// `npm pack` runs this first: dist/ from nothing, with the firmware of each board built into it, so that users need no compiler.
import { cpSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { build } from './build.mjs';
import { root } from './setup.mjs';

rmSync(join(root, 'dist'), { recursive: true, force: true });
rmSync(join(root, 'build/tsconfig.build.tsbuildinfo'), { force: true });
if ((await build()) !== 0) process.exit(1);

const { boardNames, loadBoard } = await import('../dist/boards/board.js');
const { buildFirmware, buildWasm } = await import('../dist/host-tools/toolchain/firmware-build.js');
for (const name of boardNames()) {
  const { chip } = await loadBoard(name);
  const { path } = chip === 'host' ? await buildWasm() : await buildFirmware(name);
  const shipped = join(root, 'dist/firmware', basename(dirname(path)));
  cpSync(path, join(shipped, basename(path)));
  cpSync(join(dirname(path), 'build.json'), join(shipped, 'build.json'));
}
