// What a person types on the console, keys that send several bytes among it.
import { assert } from 'chai';
import { hostDevices } from '../support/devices.ts';
import { talkOn } from '../support/serial-talk.ts';
import type { Talk } from '../support/serial-talk.ts';
import { temporaryFolder } from '../support/temporary.ts';

const wasm = hostDevices.find(({ name }) => name === 'host-wasm')!;

describe('typing on the console', function () {
  this.timeout(300_000);
  const folder = temporaryFolder();
  let talk: Talk;

  beforeEach(async () => {
    talk = talkOn(await wasm.open(new Uint8Array(0), folder));
    await talk.expect('\r\n>'); // Behind its greeting.
  });
  afterEach(async () => {
    await talk.close();
  });

  /** What the console writes from the first byte on, until it says how a line ended. */
  async function answerTo(typed: string, end: string): Promise<string> {
    const before = talk.heard().length;
    await talk.port.write(Buffer.from(typed));
    await talk.expect(end);
    return Buffer.from(talk.heard().slice(before), 'latin1').toString();
  }

  const keys = {
    'an arrow': '\x1b[A',
    'an arrow with Ctrl': '\x1b[1;5C',
    Delete: '\x1b[3~',
    F1: '\x1bOP',
  };
  for (const [key, bytes] of Object.entries(keys)) {
    it(`swallows ${key}`, async () => {
      assert.include(await answerTo(`zq${bytes}zq\r`, '\r\n>'), 'zqzq\r\n');
    });
  }

  for (const begun of ['\x1b', '\x1b[', '\x1b[1;', '\x1bO']) {
    const name = JSON.stringify(begun).replaceAll('\\u001b', 'ESC ').replaceAll('"', '');
    it(`hears Ctrl-C, Ctrl-U, Enter and Delete behind ${name}`, async () => {
      await answerTo(`zq${begun}\x03`, '^C\r\n>');
      assert.include(await answerTo(`zq${begun}\x15qz\r`, '\r\n>'), 'zq\b \b\b \bqz\r\n');
      assert.include(await answerTo(`zq${begun}\r`, '\r\n>'), 'zq\r\n');
      assert.include(await answerTo(`zq${begun}\x7f\r`, '\r\n>'), 'zq\b \b\r\n');
    });
  }

  it('takes a letter behind a lone ESC, and a whole character behind a broken sequence', async () => {
    assert.include(await answerTo('\x1bzq\r', '\r\n>'), 'zq\r\n');
    assert.include(await answerTo('\x1b[é\r', '\r\n>'), 'é\r\n');
  });
});
