// What products and tokens cost is not more than what is recorded: the part of `npm run bench -- --check` that takes seconds.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { assert } from 'chai';
import { benchCores } from '../bench/cores.ts';
import { kernelFigures } from '../bench/kernels.ts';
import { recordSchema, regressions } from '../bench/record.ts';
import { tokenFigures } from '../bench/tokens.ts';
import { missingPrograms } from '../support/board-firmware.ts';
import { cores, programsOf } from '../support/cores.ts';
import { root } from '../support/sources.ts';
import { temporaryFolder, temporaryState } from '../support/temporary.ts';

const quickCores = ['cortex-m4', 'rv32imc_zba'] as const;
const quickBoards = ['stm32f405', 'virt'];
const model = 'stories-60k';

const recorded = recordSchema.parse(JSON.parse(readFileSync(join(root, 'test/bench/recorded.json'), 'utf8')));

describe('what the bench counts', function () {
  this.timeout(600_000);
  temporaryState();

  before(function () {
    const missing = missingPrograms(...quickCores.flatMap((name) => programsOf(cores[name])), 'perl', 'stty');
    if (missing.length === 0) return;
    console.log(`    skipped: ${missing.join(' and ')} not installed`);
    this.skip();
  });

  for (const core of benchCores.filter(({ key }) => quickCores.some((name) => name === key)))
    it(`is no worse than recorded of products on ${core.title}`, async () => {
      const kernels = await kernelFigures(core, temporaryFolder());
      assert.deepEqual(regressions({ kernels, tokens: [] }, recorded), []);
    });

  for (const board of quickBoards)
    it(`is no worse than recorded of a token of ${model} on ${board}, and the same again`, async () => {
      const once = await tokenFigures(model, board);
      assert.deepEqual(regressions({ kernels: [], tokens: [once] }, recorded), []);
      assert.deepEqual(await tokenFigures(model, board), once);
    });
});
