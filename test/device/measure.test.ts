// `ternlet measure` on the emulated board and on the host: counts repeat to the digit, the record is whole, Ctrl-C and a lost board end well.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { assert } from 'chai';
import { startBoard } from '../../host-tools/emulators/index.ts';
import { parseRecord } from '../../host-tools/measure/record.ts';
import type { RunFile } from '../../host-tools/measure/record.ts';
import { missingPrograms } from '../support/board-firmware.ts';
import { endlessOptions, writeEndlessModel } from '../support/endless-model.ts';
import { childrenOf, isAlive, programOf } from '../support/processes.ts';
import { cliTestMs, runCli, startCli } from '../support/run-cli.ts';
import { temporaryState } from '../support/temporary.ts';
import { until } from '../support/until.ts';

const missing = missingPrograms('qemu-system-arm', 'arm-none-eabi-gcc', 'gcc');
const prompt = 'Once upon a time';

describe('ternlet measure', function () {
  this.timeout(cliTestMs);
  const state = temporaryState();
  const small = ['--model', 'stories-300k'];
  const endless = ['--model', join(state, 'endless'), ...endlessOptions];

  before(() => void writeEndlessModel(join(state, 'endless')));

  /** Measures a short story of the small model; what was printed, and the record. */
  async function measure(name: string, ...more: string[]) {
    const path = join(state, `${name}.json`);
    const args = ['measure', prompt, ...small, '--max-tokens', '12', '--record', path, ...more];
    const result = await runCli(args);
    const record = (): RunFile => parseRecord(readFileSync(path, 'utf8'), path);
    return { ...result, record };
  }

  describe('on the emulated STM32F405', () => {
    before(function () {
      if (missing.length === 0) return;
      console.log(`      skipped: this machine lacks ${missing.join(', ')}`);
      this.skip();
    });

    it('tells the same story with the same counts twice, and estimates joules from them', async () => {
      const [a, b] = [await measure('a'), await measure('b', '--json')];
      assert.deepEqual([a.code, b.code], [0, 0], a.stderr + b.stderr);
      assert.isTrue(a.stdout.startsWith(prompt));
      assert.match(a.stdout, /speed .* tokens\/s estimated/);
      assert.match(a.stdout, /instructions .* instructions\/token simulated/);
      assert.equal(
        a.record().firmware.buildId,
        b.record().firmware.buildId,
        'the firmware was changed in between',
      );
      const counts = ({ runs }: RunFile): unknown => runs[0]!.tokens.map((token) => token.counts);
      assert.deepEqual(counts(a.record()), counts(b.record()));
      const { integrity, runs, firmware } = a.record();
      assert.deepEqual(integrity, { complete: true, reasons: [] });
      assert.equal(runs[0]!.tokens.filter(({ phase }) => phase === 'decode').length, 11);
      assert.lengthOf(runs[0]!.power!.windows, runs[0]!.tokens.length);
      assert.match(firmware.buildId, /^[0-9a-f]{16}$/);
      const { decode } = JSON.parse(b.stdout) as {
        decode: { joules_per_token: { low: number; high: number } };
      };
      const { low, high } = decode.joules_per_token;
      // A table-lookup kernel takes less than a millijoule; one that is three times slower has something wrong.
      assert.isTrue(low > 1e-4 && high < 3e-3, `${low} to ${high} J`);
    });

    it('tells with --profile where the cycles went, of the same counts', async () => {
      const [plain, profiled] = [await measure('plain'), await measure('profiled', '--profile')];
      assert.equal(profiled.code, 0, profiled.stderr);
      assert.match(
        profiled.stdout,
        /where the cycles went .*\n {2}look-ups .* cycles\/token \(.* %\) estimated/,
      );
      const [a, b] = [plain.record(), profiled.record()];
      assert.notProperty(a, 'profile');
      const counts = ({ runs }: RunFile): unknown => runs[0]!.tokens.map((token) => token.counts);
      assert.deepEqual(counts(a), counts(b));
      for (const phase of ['prefill', 'decode'] as const) {
        const parts = Object.values(b.profile![phase]);
        const tokens = b.runs[0]!.tokens.filter((token) => token.phase === phase);
        const sum = (all: readonly { instructions: number }[]): number =>
          all.reduce((total, { instructions }) => total + instructions, 0);
        assert.equal(sum(parts), sum(tokens.map((token) => token.counts!)));
        // Look-ups and tables are what a token is made of.
        for (const name of ['look-ups', 'tables', 'norms', 'gates'])
          assert.isAbove(b.profile![phase][name]?.instructions ?? 0, sum(parts) / 100, name);
      }
    });

    it('ends at once on Ctrl-C, leaves no board behind, and works afterwards', async () => {
      const { child, ended, prints } = startCli(['measure', prompt, ...endless]);
      await prints(prompt);
      const children = childrenOf(child.pid!);
      assert.include(children.map(programOf).join(' '), 'qemu');
      child.kill('SIGINT');
      const { code, stderr } = await ended;
      assert.equal(code, 130, stderr);
      assert.notInclude(stderr, 'did not come to an end within');
      await until(() => !children.some(isAlive), 'the end of QEMU');
      const running = join(state, 'running');
      assert.isEmpty(existsSync(running) ? readdirSync(running) : []);
      assert.equal((await measure('c')).code, 0);
    });

    it('refuses a prompt that the model cannot encode without telling it', async () => {
      const { code, stdout, stderr } = await runCli(['measure', 'The 🦊 ran', ...small]);
      assert.deepEqual([code, stdout], [1, '']);
      assert.match(stderr, /the prompt has a character that the model cannot encode: "🦊" at byte 4/);
    });
  });

  describe('with a port that vanishes in the middle of a story', () => {
    before(function () {
      if (missing.length > 0) this.skip(); // Told above.
    });

    it('keeps what came as an incomplete record, ends with 3, and works afterwards', async () => {
      const board = await startBoard('stm32f405');
      const path = join(state, 'vanished.json');
      const { ended, prints } = startCli(['measure', prompt, ...endless, '--record', path]);
      await prints(prompt);
      await board.close();
      const { code, stderr } = await ended;
      assert.equal(code, 3, stderr);
      assert.notInclude(stderr, 'bug');
      const { integrity, runs } = parseRecord(readFileSync(path, 'utf8'), path);
      assert.isFalse(integrity.complete);
      assert.match(integrity.reasons.join('; '), /is gone/);
      assert.isNotEmpty(runs[0]!.tokens);
      assert.equal((await measure('after')).code, 0);
    });

    it('ends generate with 3 and a sentence as well', async () => {
      const board = await startBoard('stm32f405');
      const { ended, prints } = startCli(['generate', prompt, ...endless]);
      await prints(' ');
      await board.close();
      const { code, stderr } = await ended;
      assert.equal(code, 3, stderr);
      assert.match(stderr, /^error: \/dev\/pts\/\d+ is gone: .*\nhint: {2}.*\n$/m);
      const again = await runCli(['generate', prompt, ...small, '--max-tokens', '3']);
      assert.equal(again.code, 0, again.stderr);
    });
  });

  it('refuses prompts that are no UTF-8, with the place', async () => {
    const path = join(state, 'prompts.txt');
    writeFileSync(path, Uint8Array.of(0x61, 0x0a, 0xff, 0x0a));
    const host = ['measure', '--board', 'host', ...small];
    const listed = await runCli([...host, '--prompts', path]);
    assert.equal(listed.code, 1);
    assert.include(listed.stderr, `${path} is not valid UTF-8 at offset 2`);
    const given = await runCli([...host, 'a\ufffd']);
    assert.equal(given.code, 1);
    assert.include(given.stderr, 'the prompt has U+FFFD');
  });

  it('measures the time of the host and says that there are no joules', async () => {
    const { code, stdout, stderr, record } = await measure('host', '--board', 'host');
    assert.equal(code, 0, stderr);
    assert.match(stdout, /speed .* tokens\/s measured/);
    assert.match(stdout, /no joules: host has no meter\n$/);
    const { meter, timing } = record();
    assert.isNull(meter);
    assert.equal(timing.kind, 'clock');
  });

  it('refuses to profile what counts nothing', async () => {
    const { code, stdout, stderr } = await measure('host', '--board', 'host', '--profile');
    assert.deepEqual([code, stdout], [1, '']);
    assert.match(stderr, /error: host cannot be profiled: nothing counts its instructions/);
  });
});
