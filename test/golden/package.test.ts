// What `npm pack` would publish: by folder, so that a stray one shows, with the firmware that its prepack script puts there.
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { assert } from 'chai';
import * as boards from '../../boards/board.ts';
import * as builds from '../../host-tools/toolchain/firmware-build.ts';
import { missingPrograms } from '../support/board-firmware.ts';
import { assertGolden } from '../support/golden.ts';
import { root } from '../support/sources.ts';

interface PackageScript {
  shipFirmware: (from: typeof boards, by: typeof builds) => Promise<string[]>;
}

/** The files of the package as dist/ is now. */
function packed(): { path: string; size: number }[] {
  const args = ['pack', '--dry-run', '--json', '--ignore-scripts'];
  const said = execFileSync('npm', args, {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return (JSON.parse(said) as [{ files: { path: string; size: number }[] }])[0].files;
}

describe('npm pack', function () {
  this.timeout(900_000);
  let files: { path: string; size: number }[] = [];
  const paths = (): string[] => files.map(({ path }) => path);

  before(() => {
    files = packed();
  });
  after(() => rmSync(join(root, 'dist', 'firmware'), { recursive: true, force: true }));

  it('carries the folders of package.txt', () => {
    // dist/ is what the last build left, so it counts as one.
    const folders = paths().map((path) =>
      path.startsWith('dist/') ? 'dist/' : path.replace(/[^/]+$/, (file) => (path.includes('/') ? '' : file)),
    );
    assertGolden('package.txt', `${[...new Set(folders)].sort().join('\n')}\n`);
  });

  it('carries no sources of the tools and no tests', () => {
    assert.isEmpty(paths().filter((path) => /\.ts$|\.test\.|^test\/|\.map$|tsbuildinfo|^build\//.test(path)));
  });

  it('carries the firmware of every board, ready to run and to flash, and no other', async function () {
    const missing = missingPrograms('arm-none-eabi-gcc', 'riscv64-unknown-elf-gcc');
    if (missing.length > 0) {
      console.log(`      skipped: this machine lacks ${missing.join(', ')}`);
      return this.skip();
    }
    const script = (await import(join(root, 'scripts', 'package.mjs'))) as PackageScript;
    const shipped = await script.shipFirmware(boards, builds);
    assert.sameMembers(
      [...new Set(shipped.map((path) => path.split('/')[2]))],
      ['host-wasm', ...boards.boardNames().filter((name) => name !== 'host')],
    );
    files = packed();
    assert.sameMembers(
      paths().filter((path) => path.startsWith('dist/firmware/')),
      shipped,
    );
    for (const { path, size } of files.filter((file) => shipped.includes(file.path)))
      assert.isAbove(size, path.endsWith('.json') ? 50 : 10_000, path);
    // What is shipped is found before anything is built.
    for (const { path } of [await builds.buildWasm(), await builds.buildFirmware('stm32f405')])
      assert.include(shipped, path.slice(root.length + 1));
  });

  it('stays below 22 MB unpacked, most of it the models', () => {
    assert.isBelow(
      files.reduce((sum, file) => sum + file.size, 0),
      22e6,
    );
  });
});
