// `ternlet measure` on the emulated board and on the host: counts repeat to the digit, the record is whole, Ctrl-C and a lost board end well.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assert } from 'chai';
import { parseRecord } from '../../host-tools/measure/record.ts';
import type { RunFile } from '../../host-tools/measure/record.ts';
import { missingPrograms } from '../support/board-firmware.ts';
import { cliCommand, runCli } from '../support/run-cli.ts';

const missing = missingPrograms('qemu-system-arm', 'arm-none-eabi-gcc', 'gcc');
const prompt = 'Once upon a time';
const limitMs = 240_000;

describe('ternlet measure', function () {
  this.timeout(limitMs);
  const state = mkdtempSync(join(tmpdir(), 'ternlet-'));
  const env = { TERNLET_STATE: state };
  after(() => rmSync(state, { recursive: true, force: true }));

  /** Measures a short story of the small model; what was printed, and the record. */
  async function measure(name: string, ...more: string[]) {
    const path = join(state, `${name}.json`);
    const args = [
      'measure',
      prompt,
      '--model',
      'stories-mlgru-s',
      '--max-tokens',
      '12',
      '--record',
      path,
      ...more,
    ];
    const result = await runCli(args, { env, limitMs });
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
      // A table-lookup kernel takes about half a millijoule; one that is three times slower has something wrong.
      assert.isTrue(low > 1e-4 && high < 3e-3, `${low} to ${high} J`);
    });

    it('ends at once on Ctrl-C, leaves no board behind, and works afterwards', async () => {
      const [program, ...before] = cliCommand;
      const args = [
        ...before,
        'measure',
        prompt,
        '--max-tokens',
        '100000',
        '--top-k',
        '40',
        '--temperature',
        '1',
      ];
      const child = spawn(program, args, {
        env: { ...process.env, ...env },
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
      await new Promise((resolve) => child.stdout.once('data', resolve));
      const start = performance.now();
      child.kill('SIGINT');
      assert.equal(await ended, 130);
      assert.isBelow(performance.now() - start, 10_000);
      const running = join(state, 'running');
      assert.isEmpty(existsSync(running) ? readdirSync(running) : []);
      assert.equal((await measure('c')).code, 0);
    });

    it('refuses a prompt that the model cannot encode without telling it', async () => {
      const { code, stdout, stderr } = await runCli(['measure', 'The 🦊 ran', '--model', 'stories-mlgru-s'], {
        env,
        limitMs,
      });
      assert.deepEqual([code, stdout], [1, '']);
      assert.match(stderr, /the prompt has a character that the model cannot encode: "🦊" at byte 4/);
    });
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
});
