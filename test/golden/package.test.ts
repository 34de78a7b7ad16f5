// What `npm pack` would publish: by folder, so that a stray one shows.
import { execFileSync } from 'node:child_process';
import { assert } from 'chai';
import { assertGolden } from '../support/golden.ts';
import { root } from '../support/sources.ts';

describe('npm pack', () => {
  let files: { path: string; size: number }[] = [];
  const paths = (): string[] => files.map(({ path }) => path);

  before(() => {
    const args = ['pack', '--dry-run', '--json', '--ignore-scripts'];
    const said = execFileSync('npm', args, {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    files = (JSON.parse(said) as [{ files: typeof files }])[0].files;
  });

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

  it('stays below 8 MB unpacked', () => {
    assert.isBelow(
      files.reduce((sum, file) => sum + file.size, 0),
      8e6,
    );
  });
});
