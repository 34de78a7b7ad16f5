// What `ternlet` says about itself, and how it behaves as a program among others.
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { assert } from 'chai';
import { verbs } from '../../host-tools/commands/index.ts';
import { assertGolden } from '../support/golden.ts';
import { cliLimitMs, cliTestMs, runCli, startCli } from '../support/run-cli.ts';
import { root } from '../support/sources.ts';

describe('ternlet --help', () => {
  it('is that of help.txt, for every verb', async () => {
    const sections: string[] = [];
    for (const args of [['--help'], ...verbs.map(({ name }) => [name, '--help'])]) {
      const { code, stdout, stderr } = await runCli(args);
      assert.deepEqual({ code, stderr }, { code: 0, stderr: '' }, args.join(' '));
      if (args.length > 1) assert.include(stdout, 'Example', `${args[0]!} shows no example`);
      sections.push(`$ ternlet ${args.join(' ')}\n${stdout}`);
    }
    assertGolden('help.txt', sections.join('\n'));
  }).timeout((verbs.length + 2) * cliLimitMs);

  it('says the same after `help <verb>`', async () => {
    const [direct, helped] = await Promise.all([runCli(['boards', '--help']), runCli(['help', 'boards'])]);
    assert.equal(helped.stdout, direct.stdout);
  }).timeout(cliTestMs);
});

describe('ternlet --version', () => {
  it('prints the version of package.json', async () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
    assert.deepEqual(await runCli(['--version']), { code: 0, stdout: `${version}\n`, stderr: '' });
  }).timeout(cliTestMs);
});

describe('ternlet boards', () => {
  it('lists what boards.txt holds', async () => {
    assertGolden('boards.txt', (await runCli(['boards'])).stdout);
  }).timeout(cliTestMs);
});

describe('standard output', function () {
  this.timeout(cliTestMs);

  it('may be closed by its reader: the program ends quietly', async () => {
    const { child, ended } = startCli(['boards']);
    child.stdout!.destroy();
    const { code, stderr } = await ended;
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
  });

  it('may be a full disk: one sentence, exit 1', async function () {
    if (!existsSync('/dev/full')) {
      console.log('      skipped: this machine has no /dev/full');
      return this.skip();
    }
    const full = openSync('/dev/full', 'w');
    const { ended } = startCli(['boards'], { stdout: full });
    closeSync(full);
    const { code, stderr } = await ended;
    assert.deepEqual(
      { code, stderr },
      { code: 1, stderr: 'error: the output cannot be written: the disk is full\n' },
    );
  });
});
