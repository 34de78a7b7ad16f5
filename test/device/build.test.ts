// Builds of the firmware: what names them, and that nobody has to wait for a compiler that is no longer wanted.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { assert } from 'chai';
import { loadBoard } from '../../boards/board.ts';
import { wasmPlan } from '../../host-tools/toolchain/build-plan.ts';
import { buildFirmware, buildIdOf, firmwareFiles } from '../../host-tools/toolchain/firmware-build.ts';
import { packageRoot } from '../../host-tools/toolchain/paths.ts';
import { runWasmClang } from '../../host-tools/toolchain/wasm-clang.ts';
import { missingPrograms } from '../support/board-firmware.ts';
import { temporaryFolder } from '../support/temporary.ts';

describe('builds', function () {
  this.timeout(600_000);
  const folder = temporaryFolder();

  it('are named by sources, flags and the version of the compiler', async () => {
    const files = firmwareFiles();
    const plan = wasmPlan('host', await loadBoard('host'), files, 'out', { low: 0, high: 0 });
    const { commands, inputs } = plan;
    const id = buildIdOf(plan, '1.0');
    assert.deepEqual(buildIdOf({ ...plan }, '1.0'), id);
    assert.notDeepEqual(buildIdOf(plan, '1.1'), id);
    assert.notDeepEqual(buildIdOf({ ...plan, inputs: inputs.slice(1) }, '1.0'), id);
    const flagged = commands.map((command) => ({ ...command, args: ['-g', ...command.args] }));
    assert.notDeepEqual(buildIdOf({ ...plan, commands: flagged }, '1.0'), id);
  });

  it('are taken as they are while compiler and sources are the same, and when the compiler is gone', async function () {
    const missing = missingPrograms('arm-none-eabi-gcc', 'arm-none-eabi-objcopy');
    if (missing.length > 0) {
      console.log(`      skipped: this machine lacks ${missing.join(', ')}`);
      return this.skip();
    }
    const { buildId, path } = await buildFirmware('stm32f405');
    const again = await buildFirmware('stm32f405');
    assert.deepEqual([again.buildId, again.compiled], [buildId, false]);
    const outer = process.env['PATH'];
    process.env['PATH'] = '/no/such/folder';
    try {
      assert.equal((await buildFirmware('stm32f405')).path, path);
    } finally {
      process.env['PATH'] = outer;
    }
  });

  it('for WebAssembly end at once when they are aborted, and leave this process free meanwhile', async () => {
    const abort = new AbortController();
    // It is aborted by this process, in a turn that a build in this process would not leave it.
    let turns = 0;
    const ticking = setInterval(() => (turns += 1) === 20 && abort.abort(), 5);
    try {
      const plan = wasmPlan('host', await loadBoard('host'), firmwareFiles(), 'out', { low: 0, high: 0 });
      const result = join(folder, 'device.wasm');
      const { args } = plan.commands[0]!;
      const built = runWasmClang(packageRoot(), plan.inputs, args, result, abort.signal);
      const error = (await built.catch((error: unknown) => error)) as Error;
      assert.match(error.message, /was stopped/);
      assert.isFalse(existsSync(result), 'clang went on to its end');
    } finally {
      clearInterval(ticking);
    }
  });

  it('for WebAssembly say what clang refuses', async () => {
    const args = ['--target=wasm32', '-no-such-flag', '-o', 'out'];
    const error = (await runWasmClang(packageRoot(), [], args, 'out').catch(
      (error: unknown) => error,
    )) as Error;
    assert.match(error.message, /^clang for WebAssembly failed: .*no-such-flag/s);
  });
});
