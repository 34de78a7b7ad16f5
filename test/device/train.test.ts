// `ternlet train`: the trainer's own tests, its files as the other tools read them, and how a run behaves as a program.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { assert } from 'chai';
import { readCheckpoint, requireTokenizer } from '../../host-tools/compiler/checkpoint.ts';
import { buildIr } from '../../host-tools/compiler/ir.ts';
import { shippedModels } from '../../host-tools/compiler/model-source.ts';
import { parseTokenizer } from '../../host-tools/compiler/tokenizer-json.ts';
import { openFloatEngine } from '../../host-tools/engines/float.ts';
import { buildWasm } from '../../host-tools/toolchain/firmware-build.ts';
import { requireTorch } from '../../host-tools/toolchain/python.ts';
import { readShapes, schemaOf } from '../support/page-shapes.ts';
import { cliLimitMs, cliTestMs, runCli, startCli, type CliOptions } from '../support/run-cli.ts';
import { root } from '../support/sources.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { until } from '../support/until.ts';

/** Steps that no machine comes to the end of while a test waits. */
const never = '1000000';

const trainer = join(root, 'models-tiny', 'trainer');

const recipe = `
[model]
hidden = 16
layers = 2
intermediate = 24
[tokenizer]
vocab = 80
[data]
train = ["train.txt"]
valid = "train.txt"
[training]
steps = 30
batch = 4
window = 16
rate = 0.02
warm_up = 4
[card]
title = "a test"
about = "A test."
data = "Made up."
`;
const story = 'Once upon a time there was a cat. The cat sat on a mat and saw a dog, and the dog sat too.';
const creatures = ['cat', 'dog', 'fox', 'bird', 'little girl', 'big boy', 'mouse', 'bear'];
const corpus = creatures
  .flatMap((one) =>
    creatures.map((other) => `${story}\nThen a ${one} met a ${other}. They played all day.\n`),
  )
  .map((text) => `${text}<|endoftext|>\n`)
  .join('');
const mixed = `${story}\nOù est le château? Größe, naïve café. 你好世界 🎉 a  b   c "it's" 12345 ▁x\n`;

interface Golden {
  prompt: string;
  prompt_ids: number[];
  argmax: number;
  last_logits_first16: number[];
}

describe('ternlet train', function () {
  this.timeout(cliTestMs);
  const folder = temporaryFolder();
  const file = join(folder, 'small.toml');
  const env = { TERNLET_STATE: join(folder, 'state') };
  let python = '';

  before(async function () {
    try {
      python = await requireTorch();
    } catch (error) {
      console.log(`      skipped: ${(error as Error).message}`);
      return this.skip();
    }
    await buildWasm();
    mkdirSync(env.TERNLET_STATE);
    writeFileSync(join(folder, 'train.txt'), corpus);
    writeFileSync(file, recipe);
  });

  const words = (out: string, ...more: string[]): string[] => [
    ...['train', file, '--data', folder, '--device', 'cpu', '--out', join(folder, out)],
    ...more,
  ];
  const options: CliOptions = { env };

  /** What a line of Python prints, with the trainer at hand and `given` as its arguments. */
  function ask(program: string, ...given: string[]): unknown {
    const args = ['-B', '-c', `import json, sys\n${program}`, ...given];
    const said = execFileSync(python, args, {
      env: { ...process.env, PYTHONPATH: trainer },
      encoding: 'utf8',
    });
    return JSON.parse(said);
  }

  it('passes the tests of the trainer', () => {
    const args = ['-B', '-m', 'unittest', 'discover', '-v', '-s', join(trainer, 'tests')];
    const { status, stderr } = spawnSync(python, args, { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    for (const [line] of stderr.matchAll(/.* \.\.\. skipped .*/g)) console.log(`      ${line}`);
  });

  it('reads and encodes as the compiler does, with the tokenizers of all shipped models', () => {
    const home = join(root, 'models-tiny');
    for (const name of shippedModels(home).keys()) {
      const text = join(home, name, 'check.txt');
      const own = requireTokenizer(readCheckpoint(join(home, name))).encode(readFileSync(text, 'utf8'));
      const program =
        'from ternlet_trainer.bpe import read_tokenizer\n' +
        'tokenizer, text = (open(path, encoding="utf-8", newline="").read() for path in sys.argv[1:])\n' +
        'print(json.dumps(read_tokenizer(tokenizer).encode(text)))';
      assert.deepEqual(ask(program, join(home, name, 'tokenizer.json'), text), own, name);
    }
  });

  it('makes tokenizers of both kinds that the compiler reads to the same tokens', () => {
    for (const [kind, size, text] of [
      ['byte-level', 90, story],
      ['byte-fallback', 330, mixed],
    ] as const) {
      const program =
        'from ternlet_trainer.bpe import train_bpe\n' +
        'kind, size, text = sys.argv[1:]\n' +
        'tokenizer = train_bpe(text * 9, int(size), kind)\n' +
        'print(json.dumps([tokenizer.to_json(), len(tokenizer), tokenizer.encode(text)]))';
      const [made, count, ids] = ask(program, kind, `${size}`, text) as [string, number, number[]];
      const tokenizer = parseTokenizer(made, count);
      assert.equal(count, kind === 'byte-level' ? count : size);
      assert.deepEqual(tokenizer.encode(text), ids, kind);
      assert.equal(Buffer.from(tokenizer.decode(ids)).toString(), text.replaceAll('▁', ' '));
    }
  });

  it('prints what docs/commands.md says, and leaves a checkpoint with card, samples and golden logits', async () => {
    const { code, stdout, stderr } = await runCli(words('run', '--json', '--eval-texts', '2'), options);
    assert.equal(code, 0, stderr);
    const shapes = readShapes(readFileSync(join(root, 'docs', 'commands.md'), 'utf8'));
    const result = schemaOf(shapes, 'train').parse(JSON.parse(stdout)) as {
      integer: { bits_per_byte: number; engine: string };
      samples: string[];
    };
    assert.equal(result.integer.engine, 'integer');
    assert.include(
      stderr,
      `integer model: ${result.integer.bits_per_byte.toFixed(4)} bits per byte (ternlet eval,`,
    );
    assert.match(stderr, /step 30\/30 {2}loss \d\.\d+ {2}[\d,]+ tokens\/s {2}0 s left\n/);
    const home = join(folder, 'run', 'small');
    const card = readFileSync(join(home, 'README.md'), 'utf8');
    for (const sample of result.samples) assert.include(card, sample.split('\n')[0]!);
    const golden = JSON.parse(readFileSync(join(home, 'golden.json'), 'utf8')) as Golden;
    const checkpoint = readCheckpoint(home);
    assert.deepEqual([0, ...requireTokenizer(checkpoint).encode(golden.prompt)], golden.prompt_ids);
    const engine = openFloatEngine(buildIr(checkpoint));
    let logits = new Float64Array();
    for (const id of golden.prompt_ids) logits = (await engine.step(id)).slice();
    golden.last_logits_first16.forEach((logit, i) => assert.closeTo(logits[i]!, logit, 1e-3));
    assert.equal(logits.indexOf(Math.max(...logits)), golden.argmax);
  });

  it('saves at Ctrl-C, exits 130 and goes on from there', async () => {
    const stopped = startCli(words('stopped', '--steps', never, '--save-every', '0.1'), options);
    const state = join(folder, 'stopped', 'state.safetensors');
    await until(() => existsSync(state), 'a first state', cliLimitMs);
    stopped.child.kill('SIGINT');
    const { code, stderr } = await stopped.ended;
    assert.equal(code, 130, stderr);
    const [, step] = /stopped at step (\d+); --resume goes on from there\n/.exec(stderr)!;
    const again = startCli(words('stopped', '--steps', never, '--resume'), options);
    await again.logs(`from step ${step}, into`);
    again.child.kill('SIGINT');
    assert.equal((await again.ended).code, 130);
  });

  it('ends with the process that started it, even when that is killed', async () => {
    const killed = startCli(words('killed', '--steps', never, '--save-every', '0.1'), options);
    const state = join(folder, 'killed', 'state.safetensors');
    await until(() => existsSync(state), 'a first state', cliLimitMs);
    killed.child.kill('SIGKILL');
    // What it says last reaches the pipe of a process that is gone; all that it holds is closed when it ends.
    const { stderr } = await killed.ended;
    assert.match(stderr, /stopped at step \d+; --resume goes on from there\n/);
  });

  it('trains in several processes by torchrun', async () => {
    const { code, stderr } = await runCli(words('two', '--processes', '2', '--eval-texts', '1'), options);
    assert.equal(code, 0, stderr);
    assert.match(stderr, /parameters on 2 × 1 processor thread\(s\)/);
  });

  it('passes on what the trainer refuses, with its exit code', async () => {
    const refused = await runCli([...words('run')], options);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /^error: .*run holds a run already\nhint: {2}Add --resume/);
  });
});

describe('ternlet train without PyTorch', () => {
  it('says how to get it', async () => {
    const env = { TERNLET_PYTHON: '/bin/false' };
    const { code, stderr } = await runCli(['train', 'stories-60k'], { env });
    assert.equal(code, 1);
    assert.equal(
      stderr,
      'error: /bin/false, which TERNLET_PYTHON names, has no Python 3.11 with PyTorch (torch)\n' +
        'hint:  get it by: apt-get install --no-install-recommends python3-torch libopenblas0-pthread\n',
    );
  });
});
