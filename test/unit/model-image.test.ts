// An image for a board: refused where it was compiled for another one.
import { assert } from 'chai';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadBoard } from '../../boards/board.ts';
import { modelImage } from '../../host-tools/commands/model-image.ts';
import { UserError } from '../../host-tools/contracts/errors.ts';
import { randomCheckpoint, writeCheckpoint } from '../support/random-checkpoint.ts';
import { compileFolder } from '../support/small-image.ts';
import { temporaryFolder } from '../support/temporary.ts';

describe('modelImage', () => {
  const folder = temporaryFolder();
  const path = join(folder, 'wide.tern');

  before(() => {
    writeCheckpoint(folder, randomCheckpoint({ seed: 1, config: { intermediate_size: 150 } }));
    writeFileSync(path, compileFolder(folder, { tableBytes: 16 * 1024 }));
  });

  it('takes an image whose tables fit those of the board', async () => {
    const { image } = await modelImage(path, 'stm32f405', await loadBoard('stm32f405'));
    assert.isAbove(image.tableGroups, 1);
  });

  it('refuses one whose tables need more, and says how to compile it', async () => {
    const small = { ...(await loadBoard('stm32f405')), tableBytes: 4 * 1024 };
    const error = await modelImage(path, 'small', small).catch((reason: unknown) => reason);
    assert.instanceOf(error, UserError);
    assert.match(
      error.message,
      /was compiled for another board: its look-up table takes \d+ bytes of RAM, small has 4096/,
    );
    assert.equal(error.hint, 'Compile it again with --board small.');
  });
});
