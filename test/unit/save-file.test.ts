// A file is written whole or not at all.
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { assert } from 'chai';
import { UserError } from '../../host-tools/contracts/errors.ts';
import { saveFile } from '../../host-tools/toolchain/save-file.ts';
import { temporaryFolder } from '../support/temporary.ts';

function refusal(path: string): string {
  try {
    saveFile(path, 'new');
  } catch (error) {
    assert.instanceOf(error, UserError);
    return (error as Error).message;
  }
  return assert.fail('it was written');
}

describe('saveFile', () => {
  const folder = temporaryFolder();

  it('makes the folders on the way and replaces what was there', () => {
    const path = join(folder, 'a', 'b', 'c.txt');
    saveFile(path, 'old');
    saveFile(path, 'new');
    assert.equal(readFileSync(path, 'utf8'), 'new');
    assert.deepEqual(readdirSync(join(folder, 'a', 'b')), ['c.txt']);
  });

  it('says in one sentence why it cannot, and leaves nothing', () => {
    writeFileSync(join(folder, 'file'), '');
    mkdirSync(join(folder, 'full'));
    assert.match(
      refusal(join(folder, 'file', 'x.txt')),
      /x\.txt was not written: a part of its path is no folder$/,
    );
    assert.match(refusal(join(folder, 'full')), /full was not written: it is a folder$/);
    assert.match(refusal(join(folder, `${'n'.repeat(300)}.txt`)), /its name is too long$/);
    assert.isEmpty(readdirSync(folder).filter((name) => name.endsWith('.part')));
  });

  it('says that the disk is full, and never replaces a device', function () {
    if (!existsSync('/dev/full')) {
      console.log('skipped: this machine has no /dev/full');
      return this.skip();
    }
    assert.equal(refusal('/dev/full'), '/dev/full was not written: the disk is full');
    assert.isFalse(existsSync(`/dev/full.${process.pid}.part`));
  });
});
