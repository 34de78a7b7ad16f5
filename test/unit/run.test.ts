// External programs: many beside each other, and their end when somebody no longer wants them.
import { assert } from 'chai';
import { run } from '../../host-tools/toolchain/run.ts';

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
    const begun = performance.now();
    setTimeout(() => abort.abort(), 50);
    const error = await run('sh', ['-c', 'sleep 20 & wait'], { signal: abort.signal }).catch(
      (e: unknown) => e,
    );
    assert.match((error as Error).message, /^sh was stopped$/);
    assert.isBelow(performance.now() - begun, 5_000);
    const late = await run('sh', ['-c', 'echo'], { signal: abort.signal }).catch((e: unknown) => e);
    assert.match((late as Error).message, /^sh was stopped$/);
  });
});
