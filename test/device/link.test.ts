// The framed link and the console, the same on every device: what a host asks, what a line does, what a person types.
import { assert } from 'chai';
import { DeviceError } from '../../host-tools/contracts/errors.ts';
import { eventCode } from '../../host-tools/link/events.ts';
import { createFrameDecoder, encodeFrame } from '../../host-tools/link/frames.ts';
import type { Port } from '../../host-tools/link/port.ts';
import { openSession } from '../../host-tools/link/session.ts';
import type { Session } from '../../host-tools/link/session.ts';
import { missingPrograms } from '../support/board-firmware.ts';
import { harmed, hostDevices, shippedImage } from '../support/devices.ts';
import type { Harm } from '../support/devices.ts';
import { patient, stubborn, tell } from '../support/link-talk.ts';
import type { Told } from '../support/link-talk.ts';
import { talkOn } from '../support/serial-talk.ts';
import { temporaryFolder } from '../support/temporary.ts';

for (const device of hostDevices) {
  describe(`the link of ${device.name}`, function () {
    this.timeout(600_000);
    const folder = temporaryFolder();
    const missing = missingPrograms(...device.programs);
    let [image, port]: [Uint8Array, Port | undefined] = [new Uint8Array(0), undefined];
    let session: Session;

    before(async function () {
      if (missing.length > 0) {
        console.log(`      skipped: this machine lacks ${missing.join(', ')}`);
        return this.skip();
      }
      image = await shippedImage('stories-60k');
      port = await device.open(image, folder);
      session = await openSession(port, patient);
    });
    after(async () => {
      await port?.close();
    });

    it('tells what it is and what it holds', async () => {
      const identity = await session.identify();
      assert.equal(identity.board, 'host');
      assert.match(identity.buildId, /^[0-9a-f]{16}$/);
      assert.equal(identity.image?.name, 'stories-60k');
      assert.equal(identity.image?.bytes, image.length);
      assert.isAbove(identity.memory.arenaUsed, 0);
    });

    it('reports one step a token, prompt first, in order of device time', async () => {
      const { tokens, done } = await tell(session, { text: 'Once upon a time' }, { maxTokens: 12 });
      assert.equal(done.reason, 'max_tokens');
      assert.equal(done.newTokens, 12);
      assert.equal(tokens.length, done.promptTokens + 11);
      assert.deepEqual(
        tokens.map(({ index }) => index),
        tokens.map((_, i) => i),
      );
      assert.equal(tokens.filter(({ phase }) => phase === 'prefill').length, done.promptTokens);
      assert.equal(tokens[0]!.input, 0);
      assert.isTrue(tokens.every(({ timeUs }, i) => i === 0 || timeUs >= tokens[i - 1]!.timeUs));
    });

    it('writes the same again, and other text with another seed', async () => {
      const options = { maxTokens: 30, temperatureMilli: 900, topK: 50, topPMilli: 950 };
      const prompt = { text: 'The cat' };
      const first = await tell(session, prompt, { ...options, seed: 3 });
      assert.equal((await tell(session, prompt, { ...options, seed: 3 })).text, first.text);
      assert.notEqual((await tell(session, prompt, { ...options, seed: 4 })).text, first.text);
    });

    it('reads token ids as it reads text', async () => {
      const { tokens, text, done } = await tell(session, { text: 'Once upon a time' }, { maxTokens: 8 });
      const ids = tokens.slice(1, done.promptTokens).map(({ input }) => input);
      assert.equal((await tell(session, { tokens: ids }, { maxTokens: 8 })).text, text);
    });

    it('carries on where it stopped', async () => {
      const whole = await tell(session, { text: 'Once' }, { maxTokens: 20 });
      const first = await tell(session, { text: 'Once' }, { maxTokens: 8 });
      const rest = await tell(session, { text: '' }, { maxTokens: 12, carryOn: true });
      assert.equal(first.text + rest.text, whole.text);
    });

    it('sends checksums of all layers when traced, and reads a prompt without writing', async () => {
      const { tokens, checksums, done } = await tell(
        session,
        { text: 'Once' },
        { maxTokens: 0, trace: true },
      );
      assert.equal(done.newTokens, 0);
      assert.isAbove(checksums, 0);
      assert.equal(checksums % tokens.length, 0);
    });

    it('refuses what it cannot do, and stays usable', async () => {
      const refused = await tell(session, { text: 'Once' }, { maxTokens: 5, topPMilli: 0 }).catch(
        (error: unknown) => error,
      );
      assert.instanceOf(refused, DeviceError);
      const beyond = await tell(session, { tokens: [60_000] }, { maxTokens: 5 });
      assert.equal(beyond.done.status.name, 'bad_token');
      assert.equal((await tell(session, { text: 'Once' }, { maxTokens: 3 })).done.newTokens, 3);
    });

    it('is asked for its identity again when that is lost on the way', async () => {
      const decoder = createFrameDecoder();
      let sent = 0;
      const loseFirst: Harm = (bytes) =>
        decoder
          .take(bytes)
          .filter(({ type }) => type !== eventCode('identity') || ++sent > 1)
          .map(encodeFrame);
      const line = await openSession(
        harmed(port!, (bytes) => [bytes], loseFirst),
        stubborn,
      );
      assert.equal((await line.identify()).image?.name, 'stories-60k');
      assert.isAtLeast(sent, 2);
    });

    it('never makes a host believe what the line has spoilt', async () => {
      const expected = await tell(session, { text: 'Once upon a time' }, { maxTokens: 20 });
      let n = 0;
      const spoil: Harm = (bytes) => [bytes.map((byte) => (++n % 701 === 0 ? byte ^ 0x01 : byte))];
      const told = await openSession(
        harmed(port!, (bytes) => [bytes], spoil),
        { ...stubborn, silenceMs: 3_000 },
      )
        .then((line) => tell(line, { text: 'Once upon a time' }, { maxTokens: 20 }))
        .catch((error: unknown) => error);
      if (told instanceof DeviceError) assert.match(told.message, /lost on the way|silent|does not answer/);
      else assert.equal((told as Told).text, expected.text);
    });

    it('is a console again afterwards', async () => {
      session = await openSession(port!, patient);
      await session.close();
      const talk = talkOn(port!);
      for (const [typed, ...answers] of [
        ['help', 'generate <text>'],
        ['set temperature 0.85'],
        ['set', 'temperature 0.85', 'seed 1'],
        ['set temperature 99', 'takes a number from 0 to 10'],
        ['nonsense', 'no such command', 'help lists'],
        ['x'.repeat(300), '256 bytes', 'was not read'],
        ['infox\x7f', 'stories-60k', 'vocabulary'],
        ['generate ☃', 'Refused', 'at byte 0'],
      ] as const) {
        await talk.port.write(Buffer.from(`${typed}\r`));
        for (const answer of [...answers, '\r\n>']) await talk.expect(answer);
      }
    });

    it('falls back to the console at two Ctrl-C', async () => {
      session = await openSession(port!, patient);
      const { say, expect } = talkOn(port!);
      await say('\x03\x03');
      await expect('\r\n>');
      await say('help\r');
      await expect('generate <text>');
      await expect('\r\n>');
      session = await openSession(port!, patient);
    });

    it('starts over when it is told to', async () => {
      await session.restart('firmware');
      session = await openSession(port!, patient);
      assert.equal((await session.identify()).imageStatus.name, 'ok');
    });

    it('says why there is no model, and refuses to write', async () => {
      const spoilt = Uint8Array.from(image);
      spoilt[spoilt.length - 9]! ^= 1;
      const bad = await device.open(spoilt, folder);
      const other = await openSession(bad, patient);
      assert.equal((await other.identify()).imageStatus.name, 'bad_crc');
      const refused = await tell(other, { text: 'Once' }, { maxTokens: 5 }).catch((error: unknown) => error);
      assert.match((refused as Error).message, /damaged/);
      await bad.close();
    });
  });
}
