// The external programs: one table for set-up, doctor and hints; and what set-up says where it can install nothing.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { assert } from 'chai';
import { boardNames } from '../../boards/board.ts';
import { probe } from '../../host-tools/toolchain/probe.ts';
import { externalPrograms } from '../../host-tools/toolchain/programs.ts';
import { howToGet } from '../../host-tools/toolchain/run.ts';
import { root } from '../support/sources.ts';

describe('programs.json', () => {
  it('says how to get each program, with what it needs', () => {
    const how = 'get it by: apt-get install --no-install-recommends';
    assert.equal(howToGet('qemu-system-arm'), `${how} qemu-system-arm`);
    assert.equal(howToGet('arm-none-eabi-size'), `${how} gcc-arm-none-eabi`);
    assert.equal(howToGet('cc'), `${how} gcc libc6-dev`);
    assert.equal(howToGet('unheard-of'), `${how} unheard-of`);
  });

  it('names boards that exist', () => {
    const named = externalPrograms().flatMap(({ board }) => board ?? []);
    assert.isEmpty(named.filter((board) => !boardNames().includes(board)));
  });
});

describe('probe', () => {
  const row = { package: 'none', download_mb: 0, disk_mb: 0, use: 'test', purpose: 'nothing' } as const;

  it('finds a program and reads its version', async () => {
    const found = await probe({ ...row, program: process.execPath, version_args: ['--version'] });
    assert.deepEqual(found, { found: true, version: process.versions.node });
  });

  it('misses what is not there', async () => {
    assert.deepEqual(await probe({ ...row, program: 'no-such-program' }), { found: false });
    assert.deepEqual(await probe({ ...row, file: '/no/such/file' }), { found: false });
  });
});

describe('scripts/setup.mjs', () => {
  it('names what is missing and goes on where there is no apt-get', function () {
    if (!existsSync(join(root, 'node_modules', '.ternlet-lock'))) {
      console.log('      skipped: npm packages were not installed by npm start or npm test');
      return void this.skip();
    }
    const env = { ...process.env, PATH: '/no/such/folder' };
    const args = ['scripts/setup.mjs', 'start'];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, {
      cwd: root,
      env,
      encoding: 'utf8',
    });
    assert.equal(stdout, '');
    assert.match(stderr, /gcc-arm-none-eabi +53 MB, 469 MB on disk: compiles the firmware of the board\n/);
    assert.match(stderr, /There is no apt-get here: install them by your own means\.\n/);
    assert.match(stderr, /Still missing: gcc-arm-none-eabi, qemu-system-arm, gcc, /);
    assert.equal(status, 1);
  });
});
