// What the scripts do when things end badly: checks that are killed, and Ctrl-C while a program runs.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { assert } from 'chai';
import { root } from '../support/sources.ts';
import { until } from '../support/until.ts';

interface CheckScript {
  check: (one: { program: string; args: string[] }) => Promise<{ outcome: string; said: string }>;
}

describe('scripts/check.mjs', function () {
  this.timeout(300_000);

  const node = process.execPath;
  let check: CheckScript['check'];

  before(async () => {
    ({ check } = (await import(join(root, 'scripts', 'check.mjs'))) as CheckScript);
  });

  it('passes by exit code 0 and says nothing then', async () => {
    const result = await check({ program: node, args: ['-e', 'console.log("noise")'] });
    assert.deepEqual(result, { outcome: 'passed', said: '' });
  });

  it('fails by another exit code, with all output', async () => {
    const result = await check({ program: node, args: ['-e', 'console.log("why"); process.exitCode = 2'] });
    assert.deepEqual(result, { outcome: 'failed', said: 'why\n' });
  });

  it('fails where a signal ends the program', async () => {
    const { outcome, said } = await check({
      program: node,
      args: ['-e', 'process.kill(process.pid, "SIGKILL")'],
    });
    assert.equal(outcome, 'failed');
    assert.match(said, /was ended by SIGKILL\n$/);
  });

  it('is skipped where the program is missing', async () => {
    assert.equal((await check({ program: 'no-such-program', args: [] })).outcome, 'skipped');
  });
});

describe('scripts/setup.mjs run', function () {
  this.timeout(300_000);

  /** A program that takes a while to put things in order. */
  const careful =
    'const end = (name) => setTimeout(() => { console.log(`in order after ${name}`); process.exit(130); }, 200);' +
    'process.on("SIGINT", end).on("SIGTERM", end); setInterval(() => undefined, 1000); console.log("ready");';
  const script = `
    const { run } = await import(${JSON.stringify(join(root, 'scripts', 'setup.mjs'))});
    process.exitCode = await run(process.execPath, ['-e', ${JSON.stringify(careful)}]);
  `;

  for (const [how, signal] of [
    ['waits until a program has put things in order after Ctrl-C', 'SIGINT'],
    ['passes SIGTERM on', 'SIGTERM'],
  ] as const)
    it(how, async () => {
      const args = ['--input-type=module', '-e', script];
      const child = spawn(process.execPath, args, { detached: true, stdio: ['ignore', 'pipe', 'inherit'] });
      let heard = '';
      child.stdout.on('data', (bytes) => (heard += String(bytes)));
      const ended = new Promise((resolve) => child.once('close', resolve)); // All that it said is heard then.
      await until(() => heard.includes('ready'), 'ready');
      // A terminal sends Ctrl-C to all that run in it; SIGTERM has one addressee.
      process.kill(signal === 'SIGINT' ? -child.pid! : child.pid!, signal);
      assert.equal(await ended, 130);
      assert.equal(heard, `ready\nin order after ${signal}\n`);
    });
});
