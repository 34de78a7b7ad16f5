// Every verb with --json prints the documents that docs/commands.md describes: all fields of its tables and no others.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { assert } from 'chai';
import { Command } from 'commander';
import { verbs } from '../../host-tools/commands/index.ts';
import { formatRecord } from '../../host-tools/measure/record.ts';
import { buildWasm } from '../../host-tools/toolchain/firmware-build.ts';
import { missingPrograms } from '../support/board-firmware.ts';
import { shippedImage } from '../support/devices.ts';
import { namesIn, readShapes, schemaOf } from '../support/page-shapes.ts';
import { countsOf, emulatedRecord } from '../support/record.ts';
import { cliTestMs, runCli, startCli } from '../support/run-cli.ts';
import { root } from '../support/sources.ts';
import { temporaryFolder } from '../support/temporary.ts';

const page = readFileSync(join(root, 'docs', 'commands.md'), 'utf8');
const shapes = readShapes(page);

/** Documents of each verb; where there are several, the first says how it begins. Twin: the tables of docs/commands.md. */
const documents: Readonly<Record<string, readonly string[]>> = {
  boards: ['boards'],
  ports: ['ports'],
  models: ['models'],
  doctor: ['doctor'],
  train: ['train'],
  compile: ['compile'],
  inspect: ['inspect an image', 'inspect a checkpoint'],
  emulate: ['emulate', 'emulate status', 'emulate counts'],
  flash: ['flash'],
  generate: ['generate token', 'generate done'],
  measure: ['measure'],
  eval: ['eval', 'eval commands'],
  logits: ['logits'],
  report: ['report'],
};

function assertShape(name: string, document: unknown): void {
  const { success, error } = schemaOf(shapes, name).safeParse(document);
  const complaints = error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? [];
  assert.isTrue(success, `${name}: ${complaints.join('; ')}\n${JSON.stringify(document).slice(0, 2000)}`);
}

describe('docs/commands.md', () => {
  it('has a table for each shape that a table names, and no other', () => {
    const used = [...shapes.values()].flatMap(({ fields }) => Object.values(fields).flatMap(namesIn));
    const wanted = new Set([...Object.values(documents).flat(), ...used]);
    assert.sameMembers([...shapes.keys()], [...wanted]);
  });

  it('describes the documents of every verb that has --json', async () => {
    const withJson: string[] = [];
    for (const entry of verbs) {
      const command = new Command(entry.name);
      (await entry.load()).declare(command);
      if (command.options.some(({ long }) => long === '--json')) withJson.push(entry.name);
    }
    assert.sameMembers(Object.keys(documents), withJson);
  });

  it('names every verb and what it does, once', () => {
    const named = [...page.matchAll(/^\| `(\w+)` +\| .* \| .* \| .* \|$/gm)].map((match) => match[1]);
    assert.sameMembers(
      named,
      verbs.map(({ name }) => name),
    );
  });

  it('describes what is counted', () => assertShape('counts', countsOf(0)));
});

describe('--json', function () {
  this.timeout(cliTestMs);
  const folder = temporaryFolder();
  const env = { TERNLET_STATE: join(folder, 'state') };
  const image = join(folder, 'story.tern');
  const text = join(folder, 'stories.txt');

  /** Runs a verb with --json; the documents that it prints, one a line. */
  async function print(...args: string[]): Promise<unknown[]> {
    const { code, stdout, stderr } = await runCli([...args, '--json'], { env, cwd: folder });
    assert.equal(code, 0, stderr);
    assert.isTrue(stdout.endsWith('\n'));
    return stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
  }

  async function assertPrints(name: string, ...args: string[]): Promise<void> {
    const printed = await print(...args);
    assert.lengthOf(printed, 1);
    assertShape(name, printed[0]);
  }

  before(async () => {
    await buildWasm();
    mkdirSync(env.TERNLET_STATE);
    writeFileSync(image, await shippedImage('stories-60k'));
    writeFileSync(text, 'Once upon a time.\n<|endoftext|>\n');
  });

  it('of boards, ports, models and doctor is as documented', async () => {
    await Promise.all(['boards', 'ports', 'models', 'doctor'].map((verb) => assertPrints(verb, verb)));
  });

  it('of compile is as documented, with a text and without', async () => {
    const args = ['compile', 'stories-60k', '--embedding', '8', '-o', join(folder, 'own.tern')];
    await assertPrints('compile', ...args, '--text', text);
    const oracle = join(root, 'test', 'fixtures', 'oracle-a');
    await assertPrints('compile', 'compile', oracle, '-o', join(folder, 'oracle.tern'));
  });

  it('of inspect is as documented, of an image and of a checkpoint', async () => {
    await assertPrints('inspect an image', 'inspect', image);
    await assertPrints('inspect a checkpoint', 'inspect', 'stories-60k');
  });

  it('of eval is as documented, and counts one byte for the end of the story', async () => {
    const [document] = await print('eval', image, '--text', text);
    assertShape('eval', document);
    assert.equal((document as { bytes: number }).bytes, 'Once upon a time.'.length + 1);
  });

  it('of eval --commands is as documented', async () => {
    const lines = join(root, 'test', 'fixtures', 'commands', 'lines.tsv');
    const [document] = await print('eval', 'commands', '--commands', lines);
    assertShape('eval commands', document);
    assert.equal((document as { sentences: number }).sentences, 7);
  });

  it('of logits is as documented: a row a token', async () => {
    const [document] = await print('logits', image, '--tokens', '0,1,2');
    assertShape('logits', document);
    const { logits } = document as { logits: number[][] };
    assert.deepEqual(
      logits.map((row) => row.length),
      [512, 512, 512],
    );
  });

  it('of generate is as documented, a line a step', async () => {
    const model = ['--board', 'host', '--model', image];
    const printed = await print('generate', 'Once', ...model, '--max-tokens', '3');
    printed.slice(0, -1).forEach((line) => assertShape('generate token', line));
    assertShape('generate done', printed.at(-1));
  });

  it('of measure is as documented where there is no meter', async () => {
    const places = ['--record', join(folder, 'run.json'), '--report', join(folder, 'run.html')];
    const model = ['--board', 'host', '--model', image];
    await assertPrints('measure', 'measure', 'Once', ...model, '--max-tokens', '3', ...places);
  });

  it('of report is as documented, with joules and without', async () => {
    const record = await emulatedRecord();
    const [whole, cut] = [join(folder, 'whole.json'), join(folder, 'cut.json')];
    writeFileSync(whole, formatRecord(record));
    const integrity = { complete: false, reasons: ['the board is gone'] };
    writeFileSync(cut, formatRecord({ ...record, integrity }));
    const [document] = await print('report', whole, cut, '--report', join(folder, 'both.html'));
    assertShape('report', document);
    const [first, second] = (document as { records: Record<string, unknown>[] }).records;
    assert.isNotNull(first!['joules']);
    assert.isNull(second!['joules']);
  });

  describe('on the emulated board', () => {
    const missing = missingPrograms('qemu-system-arm', 'arm-none-eabi-gcc', 'gcc', 'perl');
    before(function () {
      if (missing.length === 0) return;
      console.log(`      skipped: this machine lacks ${missing.join(', ')}`);
      this.skip();
    });

    it('of emulate begins with board and port; its events, flash, ports and generate are as documented', async () => {
      const { child, ended, prints } = startCli(['emulate', 'stm32f405', '--json'], { env });
      try {
        await prints('\n');
        await assertPrints('flash', 'flash', image);
        await assertPrints('ports', 'ports');
        const printed = await print('generate', 'Once', '--model', image, '--max-tokens', '2');
        printed.slice(0, -1).forEach((line) => assertShape('generate token', line));
        assert.equal((printed[0] as { evidence: string }).evidence, 'estimated');
      } finally {
        child.kill('SIGINT');
      }
      const { code, stdout, stderr } = await ended;
      assert.equal(code, 130, stderr);
      assertEvents(stdout);
    });
  });
});

/** What `emulate` printed: its first line, and events of both kinds. */
function assertEvents(stdout: string): void {
  const [first, ...events] = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  assertShape('emulate', first);
  assert.deepEqual(Object.keys(first!).slice(0, 2), ['board', 'port']);
  events.forEach((event) => assertShape(`emulate ${String(event['event'])}`, event));
  assert.includeMembers(
    events.map((event) => event['event']),
    ['status', 'counts'],
  );
}
