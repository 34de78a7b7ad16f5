// `ternlet generate` and `console` on the host board: what goes to standard output, and how each mistake is refused.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { assert } from 'chai';
import { buildWasm } from '../../host-tools/toolchain/firmware-build.ts';
import { missingPrograms } from '../support/board-firmware.ts';
import { shippedImage } from '../support/devices.ts';
import { endless, endlessOptions, writeEndlessModel } from '../support/endless-model.ts';
import { cliTestMs, runCli, startCli } from '../support/run-cli.ts';
import type { CliResult } from '../support/run-cli.ts';
import { temporaryState } from '../support/temporary.ts';

function generate(...args: string[]): Promise<CliResult> {
  return runCli(args);
}

describe('ternlet generate', function () {
  this.timeout(cliTestMs);
  const folder = temporaryState();
  const image = join(folder, 'story.tern');
  const model = ['--board', 'host', '--model', image];
  const story = ['generate', 'Once upon a time', ...model];

  before(async () => {
    await buildWasm();
    writeFileSync(image, await shippedImage('stories-60k'));
  });

  it('writes the continuation, one newline and nothing else', async () => {
    const { code, stdout, stderr } = await generate(...story, '--max-tokens', '12');
    assert.equal(code, 0);
    assert.equal(stderr, '');
    assert.match(stdout, /^[^\n]+\n$/);
    assert.notInclude(stdout, 'Once upon a time');
  });

  it('prints a token a line with --json, whose texts make up the continuation', async () => {
    const [plain, json] = [
      await generate(...story, '--max-tokens', '12'),
      await generate(...story, '--max-tokens', '12', '--json'),
    ];
    const lines = json.stdout.trimEnd().split('\n');
    const events = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    const tokens = events.filter(({ type }) => type === 'token');
    assert.equal(tokens.map(({ text }) => text).join(''), plain.stdout.slice(0, -1));
    assert.isTrue(tokens.every(({ device_time_us: time }) => Number.isInteger(time)));
    assert.deepEqual(events.at(-1), { type: 'done', reason: 'max_tokens', prompt_tokens: 5, tokens: 12 });
  });

  it('ends before a stop text', async () => {
    const whole = await generate(...story, '--max-tokens', '30');
    const word = whole.stdout.trim().split(' ')[4]!;
    const { code, stdout } = await generate(...story, '--max-tokens', '30', '--stop', word, '--stop', 'zzz');
    assert.equal(code, 0);
    assert.equal(stdout, `${whole.stdout.slice(0, whole.stdout.indexOf(word))}\n`);
  });

  it('takes an empty prompt, and one of 100 KB from standard input', async () => {
    assert.equal((await generate('generate', '', ...model, '--max-tokens', '3')).code, 0);
    const long = await runCli(['generate', '-', ...model, '--max-tokens', '3'], {
      input: ' little'.repeat(14_630),
    });
    assert.equal(long.code, 0);
    assert.isNotEmpty(long.stdout);
  });

  it('refuses what is no UTF-8 and what the model cannot encode, with the place', async () => {
    const invalid = await runCli(['generate', '-', ...model], {
      input: Uint8Array.of(0x61, 0x62, 0xff),
    });
    assert.equal(invalid.code, 1);
    assert.include(invalid.stderr, 'not valid UTF-8: byte 2');
    const snowman = await generate('generate', 'a snowman ☃', ...model);
    assert.equal(snowman.code, 1);
    assert.equal(snowman.stdout, '');
    assert.include(snowman.stderr, '"☃" at byte 10');
  });

  it('refuses the mark of lost bytes on the command line, and says what it is', async () => {
    const lost = await generate('generate', 'na\ufffdve', ...model);
    assert.equal(lost.code, 1);
    assert.include(
      lost.stderr,
      'the prompt has U+FFFD, which stands for bytes that are not valid UTF-8, at byte 2',
    );
  });

  it('writes the same by a native process with --port process', async function () {
    const missing = missingPrograms('cc');
    if (missing.length > 0) {
      console.log(`      skipped: this machine lacks ${missing.join(', ')}`);
      return this.skip();
    }
    const options = ['--max-tokens', '12', '--temperature', '1', '--seed', '5'];
    const [wasm, native] = [
      await generate(...story, ...options),
      await generate(...story, ...options, '--port', 'process'),
    ];
    assert.deepEqual(native, wasm);
    const record = join(folder, 'native.json');
    const measured = ['measure', ...model, '--max-tokens', '3', '--port', 'process', '--record', record];
    assert.equal((await generate(...measured)).code, 0);
    assert.include(readFileSync(record, 'utf8'), 'around each step in a native process');
  });

  it('refuses a serial port for the host board, which has none', async () => {
    const { code, stderr } = await generate(...story, '--port', '/dev/ttyUSB0');
    assert.equal(code, 1);
    assert.include(stderr, 'host has no serial port; "process" is allowed, found is /dev/ttyUSB0');
  });

  it('refuses numbers out of their range as wrong usage', async () => {
    for (const args of [
      ['--max-tokens', '0'],
      ['--top-p', '0'],
      ['--stop', ''],
    ]) {
      assert.equal((await generate(...story, ...args)).code, 2, args.join(' '));
    }
  });

  describe('in the middle of a story', () => {
    // The story has no end and some megabytes: what a pipe and this process hold of it is a small part, and nothing more
    // is written before that is read. So it has not ended when its first words are here, however fast it is told.
    const model = join(folder, 'endless');
    const story = ['generate', 'Once upon a time', '--board', 'host', '--model', model, ...endlessOptions];

    before(() => writeEndlessModel(model));

    it('ends quietly when nobody reads on', async () => {
      const { child, ended } = startCli(story);
      child.stdout!.once('data', () => child.stdout!.destroy());
      const { code, stdout, stderr } = await ended;
      assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
      assert.isBelow(stdout.length, endless.maxTokens, 'the story was told to its end');
    });

    it('ends with 130 at Ctrl-C', async () => {
      const { child, ended } = startCli(story);
      child.stdout!.once('data', () => child.kill('SIGINT'));
      const { code, stdout } = await ended;
      assert.equal(code, 130);
      assert.isBelow(stdout.length, endless.maxTokens, 'the story was told to its end');
    });
  });

  it('leaves the console to those who pipe into it, and logs what the board says', async () => {
    const log = join(folder, 'console.log');
    const input = 'set max-tokens 5\rgenerate Once\rinfo\r';
    const { code, stdout } = await runCli(['console', ...model, '--log', log], { input });
    assert.equal(code, 0);
    assert.include(stdout, '5 tokens');
    assert.include(stdout, 'model: stories-60k');
    assert.equal(readFileSync(log, 'utf8'), stdout);
  });
});
