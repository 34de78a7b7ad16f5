// The figures of the README are those that its command prints.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { assert } from 'chai';
import { packageRoot } from '../../host-tools/toolchain/paths.ts';
import { missingPrograms } from '../support/board-firmware.ts';
import { cliTestMs, runCli } from '../support/run-cli.ts';
import { temporaryState } from '../support/temporary.ts';

interface Range {
  readonly low: number;
  readonly high: number;
  readonly evidence: string;
}

interface Decode {
  readonly tokens_per_second: Range;
  readonly joules_per_token: Range;
  readonly instructions_per_token: Range;
}

const between = ({ low, high }: Range, per: number, digits: number): string =>
  `${(low / per).toFixed(digits)}–${(high / per).toFixed(digits)}`;

/** One line of the README's table of figures. */
function figureLine(model: string, board: string, decode: Decode): string {
  const { tokens_per_second: speed, joules_per_token: energy, instructions_per_token: count } = decode;
  // As the command prints it: a median may lie between two counts.
  const counted = `${Math.round(count.low).toLocaleString('en')} instructions/token`;
  return [
    model,
    board,
    `${between(speed, 1, 0)} tokens/s ${speed.evidence}`,
    `${between(energy, 1e-3, 2)} mJ/token ${energy.evidence}`,
    `${counted} ${count.evidence}`,
  ].join('   ');
}

describe('the figures of the README', function () {
  this.timeout(cliTestMs);
  const TERNLET_STATE = temporaryState();
  const readme = readFileSync(join(packageRoot(), 'README.md'), 'utf8');

  before(function () {
    const missing = missingPrograms('qemu-system-arm', 'arm-none-eabi-gcc', 'cc', 'perl', 'stty');
    if (missing.length === 0) return;
    console.log(`      skipped: this machine lacks ${missing.join(', ')}`);
    this.skip();
  });

  for (const model of ['stories-1m', 'stories-300k', 'stories-60k'])
    it(`are what ternlet measure --model ${model} prints`, async () => {
      const told = await runCli(['measure', '--model', model, '--json'], {
        env: { TERNLET_STATE },
      });
      assert.equal(told.code, 0, told.stderr);
      const { board, decode } = JSON.parse(told.stdout) as { board: string; decode: Decode };
      assert.include(readme, figureLine(model, board, decode));
    });
});
