// Every error text, collected from the sources into test/golden/errors.txt, and what bad command lines really answer.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { assert } from 'chai';
import { statuses } from '../../host-tools/contracts/status.ts';
import { buildWasm } from '../../host-tools/toolchain/firmware-build.ts';
import { collectRefusals } from '../support/error-texts.ts';
import { assertGolden } from '../support/golden.ts';
import { cliLimitMs, runCli } from '../support/run-cli.ts';
import { temporaryFolder } from '../support/temporary.ts';

/** Command lines that are refused before any board is needed. `broken.tern`, `empty` and `stories.txt` are in the folder they run in. */
const refusedCommands: readonly string[][] = [
  [],
  ['toast'],
  ['boards', '--colour'],
  ['boards', 'extra'],
  ['emulate', 'toaster'],
  ['emulate', 'host'],
  ['eval'],
  ['eval', '--text', 'nothing.txt'],
  ['eval', '--text', 'empty'],
  ['eval', '--text', 'stories.txt', '--stories', '0'],
  ['eval', '--text', 'stories.txt', '--engine', 'analogue'],
  ['eval', '--commands', 'stories.txt'],
  ['eval', '--commands', 'empty'],
  ['logits', '--tokens', '0,x'],
  ['logits', '--tokens', '70000'],
  ['logits', 'no-such-model', '--tokens', '0'],
  ['logits', 'broken.tern', '--tokens', '0'],
  ['logits', 'empty', '--tokens', '0'],
  ['logits', '.', '--tokens', '0'],
  ['report', 'nothing.json'],
  ['report', 'stories.txt'],
  ['measure', '--board', 'toaster'],
  ['measure', '--meter', 'thermometer'],
  ['measure', '--top-k', '-1'],
  ['compile', 'no-such-model'],
  ['compile', 'broken.tern'],
  ['compile', '--weights', 't3'],
  ['compile', '.'],
  ['inspect'],
  ['inspect', 'nothing.tern'],
  ['inspect', 'broken.tern'],
  ['inspect', 'empty'],
  ['flash', 'broken.tern'],
  ['flash', '--board', 'toaster'],
  ['flash', '--board', 'host'],
  ['flash', '--port', '/dev/no-such-port'],
  ['generate', 'x', '--board', 'toaster'],
  ['generate', 'x', '--temperature', 'hot'],
  ['generate', 'x', '--seed', '-1'],
  ['generate', 'x', '--max-tokens', '0'],
  ['generate', 'x', '--port', '/dev/no-such-port'],
  ['generate', 'x', '--model', 'empty', '--board', 'host'],
  ['generate', 'naïve', '--board', 'host'],
  ['console', '--port', '/dev/no-such-port'],
];

describe('error texts', () => {
  const refusals = collectRefusals();

  it('are those of errors.txt', () => {
    const files = [...new Set(refusals.map(({ path }) => path))];
    const sections = files.map((path) => {
      const entries = refusals.filter((refusal) => refusal.path === path);
      const lines = entries.map(
        ({ message, hint }) => `error: ${message}\n${hint === undefined ? '' : `hint:  ${hint}\n`}`,
      );
      return `## ${path}\n\n${[...new Set(lines)].join('\n')}`;
    });
    const words = statuses.map(({ name, words: text }) => `${name}: ${text}\n`).join('');
    assertGolden('errors.txt', `${sections.join('\n')}\n## statuses of a device\n\n${words}`);
  });

  it('are plain: no full stop at the end of an error, no exclamation, no "invalid" without what is allowed', () => {
    const rude = refusals
      .filter(({ message }) => /[.!]$|please|oops/i.test(message))
      .map(({ path, message }) => `${path}: ${message}`);
    assert.isEmpty(rude, rude.join('\n'));
  });
});

describe('refused command lines', function () {
  this.timeout(refusedCommands.length * cliLimitMs);
  const folder = temporaryFolder();
  const env = { TERNLET_STATE: temporaryFolder() };

  before(async () => {
    await buildWasm(); // Which is told by the command that has to do it.
    writeFileSync(join(folder, 'broken.tern'), 'this is no image');
    writeFileSync(join(folder, 'empty'), '');
    writeFileSync(join(folder, 'stories.txt'), 'Once upon a time there was a fox.\n');
  });

  it('answer as in refusals.txt, with the exit code that scripts rely on', async () => {
    const sections: string[] = [];
    const queue = [...refusedCommands.entries()];
    const worker = async (): Promise<void> => {
      for (let next = queue.shift(); next; next = queue.shift()) {
        const [i, args] = next;
        const { code, stdout, stderr } = await runCli(args, { cwd: folder, env });
        assert.equal(stdout, '', `${args.join(' ')} prints on standard output`);
        sections[i] = `$ ternlet ${args.map(quote).join(' ')}\n${stderr}exit ${code}\n`;
      }
    };
    await Promise.all([worker(), worker()]);
    assertGolden('refusals.txt', sections.join('\n'));
  });
});

function quote(word: string): string {
  return /^[\w./=,-]+$/.test(word) ? word : `'${word}'`;
}
