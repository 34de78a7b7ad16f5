// A bad line, long and broken prompts, and whoever interrupts, on every device: it stays usable.
import { join } from 'node:path';
import { assert } from 'chai';
import { payloadBytesMax } from '../../host-tools/contracts/link.ts';
import type { Port } from '../../host-tools/link/port.ts';
import { openSession } from '../../host-tools/link/session.ts';
import type { Session } from '../../host-tools/link/session.ts';
import { missingPrograms } from '../support/board-firmware.ts';
import { harmed, imageOf } from '../support/devices.ts';
import type { Harm } from '../support/devices.ts';
import { endless, writeEndlessModel } from '../support/endless-model.ts';
import { patient, stubborn, tell } from '../support/link-talk.ts';
import { talkOn } from '../support/serial-talk.ts';
import { storyDevices } from '../support/story-devices.ts';
import { temporaryState } from '../support/temporary.ts';

for (const device of storyDevices) {
  describe(`a bad line and a hasty host to ${device.name}`, function () {
    this.timeout(600_000);
    const folder = temporaryState();
    const missing = missingPrograms(...device.programs);
    let port: Port | undefined;
    let session: Session;

    before(async function () {
      if (missing.length > 0) {
        console.log(`      skipped: this machine lacks ${missing.join(', ')}`);
        return this.skip();
      }
      port = await device.open(await imageOf(writeEndlessModel(join(folder, 'endless'))), folder);
      session = await openSession(port, patient);
    });
    after(async () => {
      await port?.close();
    });

    // One device reads all of it, so that the others' tests stay short: an emulated core takes more than a minute.
    const kilobytes = device.name === 'host-native' ? 100 : 10;
    it(`reads a prompt of ${kilobytes} KB in pieces`, async () => {
      const word = ' little';
      const words = Math.ceil((kilobytes * 1024) / word.length);
      const { done } = await tell(session, { text: word.repeat(words) }, { maxTokens: 2 });
      assert.equal(done.newTokens, 2);
      assert.isAtLeast(done.promptTokens, words);
    });

    it('refuses characters that the model lacks by their offset, in any piece', async () => {
      const { done, tokens } = await tell(
        session,
        { text: `${'a '.repeat(payloadBytesMax)}☃ b` },
        { maxTokens: 5 },
      );
      assert.equal(done.status.name, 'unencodable');
      assert.equal(done.offset, 2 * payloadBytesMax);
      assert.isTrue(tokens.every(({ output }) => output === undefined));
    });

    it('refuses bytes that are no text by the offset of the first', async () => {
      const { done } = await tell(session, { text: Uint8Array.of(0x61, 0x20, 0xff, 0x61) }, { maxTokens: 5 });
      // To a model of ASCII words any other byte is a character that it lacks.
      assert.equal(done.status.name, 'unencodable');
      assert.equal(done.offset, 2);
    });

    it('stops when asked, and when the reader leaves', async () => {
      const stopper = new AbortController();
      let reason: string | undefined;
      for await (const event of session.generate({ text: 'Once' }, endless, stopper.signal)) {
        if (event.kind === 'token') stopper.abort();
        if (event.kind === 'done') ({ reason } = event);
      }
      assert.equal(reason, 'stopped');
      for await (const event of session.generate({ text: 'Once' }, endless)) {
        if (event.kind === 'token') break;
      }
      assert.equal((await tell(session, { text: 'Once' }, { maxTokens: 3 })).done.newTokens, 3);
    });

    const harms: Record<string, Harm> = {
      'cut to single bytes': (bytes) => [...bytes].map((byte) => Uint8Array.of(byte)),
      'doubled now and then': everyNth(5, (bytes) => [bytes, bytes]),
      'lost now and then': everyNth(4, () => []),
      'spoilt now and then': everyNth(3, (bytes) => [bytes.map((byte, i) => (i === 4 ? byte ^ 0x40 : byte))]),
    };
    for (const [what, harm] of Object.entries(harms)) {
      it(`hears a host whose frames are ${what}`, async () => {
        const expected = await tell(session, { text: 'Once upon a time' }, { maxTokens: 6 });
        const line = await openSession(
          harmed(port!, harm, (bytes) => [bytes]),
          stubborn,
        );
        const told = await tell(line, { text: 'Once upon a time' }, { maxTokens: 6 });
        assert.equal(told.text, expected.text);
      });
    }

    it('is a console that a person clears by Ctrl-C, whatever bytes came before', async () => {
      session = await openSession(port!, patient);
      await session.close();
      const { say, expect } = talkOn(port!);
      await port!.write(Uint8Array.from({ length: 255 }, (_, i) => 255 - i));
      await say('\x03help\r');
      await expect('generate <text>');
      await expect('\r\n>');
    });

    it('breaks a story off at Ctrl-C, and opens for a host in the middle of one', async () => {
      const { say, expect } = talkOn(port!);
      await say(`set max-tokens ${endless.maxTokens}\rset temperature 0\rgenerate Once\r`);
      await expect(' a');
      await say('\x03');
      await expect(', stopped\r\n>');
      await say('generate Once\r');
      await expect(' a');
      session = await openSession(port!, patient);
      assert.equal((await tell(session, { text: 'Once' }, { maxTokens: 3 })).done.newTokens, 3);
    });
  });
}

/** Does harm to every nth write, whole frames each. */
function everyNth(n: number, harm: Harm): Harm {
  let i = 0;
  return (bytes) => ((i += 1) % n === 0 ? harm(bytes) : [bytes]);
}
