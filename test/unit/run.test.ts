// External programs: many beside each other, and their end when somebody no longer wants them.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { assert } from 'chai';
import { run } from '../../host-tools/toolchain/run.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { until } from '../support/until.ts';

describe('run', () => {
  it('runs many programs at once without a warning', async () => {
    const warnings: string[] = [];
    const hear = (warning: Error): void => void warnings.push(warning.name);
    process.on('warning', hear);
    try {
      const before = process.listenerCount('exit');
      const { signal } = new AbortController();
      const runs = Array.from({ length: 24 }, () => run('sh', ['-c', 'sleep 0.2'], { signal }));
      assert.equal(process.listenerCount('exit'), before);
      await Promise.all(runs);
      await new Promise((resolve) => setImmediate(resolve));
      assert.isEmpty(warnings);
    } finally {
      process.off('warning', hear);
    }
  });

  it('ends a program with all that it started when it is aborted, and starts none after that', async () => {
    const abort = new AbortController();
    const begun = join(temporaryFolder(), 'begun');
    // It ends only with the sleep, which holds its standard output.
    const running = run('sh', ['-c', 'sleep 1000 & : > "$0"; wait', begun], { signal: abort.signal });
    const told = running.catch((e: unknown) => e);
    await until(() => existsSync(begun), 'its begin');
    abort.abort();
    assert.match(((await told) as Error).message, /^sh was stopped$/);
    const late = await run('sh', ['-c', 'echo'], { signal: abort.signal }).catch((e: unknown) => e);
    assert.match((late as Error).message, /^sh was stopped$/);
  });
});
