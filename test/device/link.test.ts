// The framed link and the console, the same on every device: what a host asks, what a line does, what a person types.
import { assert } from 'chai';
import { DeviceError } from '../../host-tools/contracts/errors.ts';
import { payloadBytesMax } from '../../host-tools/contracts/link.ts';
import type {
  DoneEvent,
  GenerateOptions,
  LinkEvent,
  Prompt,
  TokenEvent,
} from '../../host-tools/link/events.ts';
import type { Port } from '../../host-tools/link/port.ts';
import { openSession, sessionLimits } from '../../host-tools/link/session.ts';
import type { Session } from '../../host-tools/link/session.ts';
import { missingPrograms } from '../support/board-firmware.ts';
import { harmed, hostDevices, shippedImage } from '../support/devices.ts';
import type { Harm } from '../support/devices.ts';
import { temporaryFolder } from '../support/temporary.ts';

const quick = { ...sessionLimits, helloMs: 300, answerMs: 300, silenceMs: 3_000 };

interface Told {
  tokens: TokenEvent[];
  checksums: number;
  text: string;
  done: DoneEvent;
}

async function tell(
  session: Session,
  prompt: Prompt,
  options: GenerateOptions,
  signal?: AbortSignal,
): Promise<Told> {
  const events: LinkEvent[] = [];
  for await (const event of session.generate(prompt, options, signal)) events.push(event);
  const tokens = events.filter((event) => event.kind === 'token');
  return {
    tokens,
    checksums: events.filter((event) => event.kind === 'checksum').length,
    text: Buffer.concat(tokens.map((token) => token.text)).toString(),
    done: events.at(-1) as DoneEvent,
  };
}

/** What a person sees after typing something, until a text comes. */
async function typed(port: Port, text: string, until: string): Promise<string> {
  let seen = '';
  const unsubscribe = port.subscribe({
    data: (bytes) => (seen += Buffer.from(bytes).toString()),
    closed: () => undefined,
  });
  await port.write(new TextEncoder().encode(text));
  for (let i = 0; i < 500 && !seen.includes(until); i += 1)
    await new Promise((resolve) => setTimeout(resolve, 10));
  unsubscribe();
  assert.include(seen, until);
  return seen;
}

for (const device of hostDevices) {
  describe(`the link of ${device.name}`, function () {
    this.timeout(180_000);
    const folder = temporaryFolder();
    const missing = missingPrograms(...device.programs);
    let [image, port]: [Uint8Array, Port | undefined] = [new Uint8Array(0), undefined];
    let session: Session;

    before(async function () {
      if (missing.length > 0) {
        console.log(`      skipped: this machine lacks ${missing.join(', ')}`);
        return this.skip();
      }
      image = await shippedImage('stories-mlgru-s');
      port = await device.open(image, folder);
      session = await openSession(port, quick);
    });
    after(async () => {
      await port?.close();
    });

    it('tells what it is and what it holds', async () => {
      const identity = await session.identify();
      assert.equal(identity.board, 'host');
      assert.match(identity.buildId, /^[0-9a-f]{16}$/);
      assert.equal(identity.image?.name, 'stories-mlgru-s');
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

    // One device reads all of it, so that the others' tests stay short.
    const kilobytes = device.programs.length > 0 ? 100 : 10;
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

    it('stops when asked, and when the reader leaves', async () => {
      const stopper = new AbortController();
      const told = tell(session, { text: 'Once' }, { maxTokens: 100_000 }, stopper.signal);
      setTimeout(() => stopper.abort(), 100);
      assert.include(['stopped', 'end'], (await told).done.reason);
      for await (const event of session.generate({ text: 'Once' }, { maxTokens: 100_000 })) {
        if (event.kind === 'token') break;
      }
      assert.equal((await tell(session, { text: 'Once' }, { maxTokens: 3 })).done.newTokens, 3);
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
          quick,
        );
        const told = await tell(line, { text: 'Once upon a time' }, { maxTokens: 6 });
        assert.equal(told.text, expected.text);
      });
    }

    it('never makes a host believe what the line has spoilt', async () => {
      const expected = await tell(session, { text: 'Once upon a time' }, { maxTokens: 20 });
      let n = 0;
      const spoil: Harm = (bytes) => [bytes.map((byte) => (++n % 701 === 0 ? byte ^ 0x01 : byte))];
      const told = await openSession(
        harmed(port!, (bytes) => [bytes], spoil),
        quick,
      )
        .then((line) => tell(line, { text: 'Once upon a time' }, { maxTokens: 20 }))
        .catch((error: unknown) => error);
      if (told instanceof DeviceError) assert.match(told.message, /lost on the way|silent|does not answer/);
      else assert.equal((told as Told).text, expected.text);
    });

    it('is a console again afterwards', async () => {
      session = await openSession(port!, quick);
      await session.close();
      assert.include(await typed(port!, 'help\r', '>'), 'generate <text>');
      assert.include(await typed(port!, 'set temperature 0.85\rset\r', 'seed 1'), 'temperature 0.85');
      assert.include(await typed(port!, 'set temperature 99\r', '.\r\n'), 'takes a number from 0 to 10');
      assert.include(await typed(port!, 'nonsense\r', 'help lists'), 'no such command');
      assert.include(await typed(port!, `${'x'.repeat(300)}\r`, 'was not read'), '256 bytes');
      assert.include(await typed(port!, 'infox\x7f\r', 'vocabulary'), 'stories-mlgru-s');
      assert.include(await typed(port!, 'generate ☃\r', 'at byte 0'), 'Refused');
    });

    it('breaks a story off at Ctrl-C, and opens for a host in the middle of one', async () => {
      await typed(port!, 'set max-tokens 100000\rset temperature 1\rgenerate Once\r', ' a');
      assert.include(await typed(port!, '\x03', '>'), '\r\n>');
      await typed(port!, 'generate Once\r', ' a');
      session = await openSession(port!, quick);
      assert.equal((await tell(session, { text: 'Once' }, { maxTokens: 3 })).done.newTokens, 3);
    });

    it('falls back to the console at two Ctrl-C', async () => {
      assert.include(await typed(port!, '\x03\x03', '>'), '>');
      assert.include(await typed(port!, 'echo on\r', '>'), '>');
      session = await openSession(port!, quick);
    });

    it('starts over when it is told to', async () => {
      await session.restart('firmware');
      session = await openSession(port!, quick);
      assert.equal((await session.identify()).imageStatus.name, 'ok');
    });

    it('says why there is no model, and refuses to write', async () => {
      const spoilt = Uint8Array.from(image);
      spoilt[spoilt.length - 9]! ^= 1;
      const bad = await device.open(spoilt, folder);
      const other = await openSession(bad, quick);
      assert.equal((await other.identify()).imageStatus.name, 'bad_crc');
      const refused = await tell(other, { text: 'Once' }, { maxTokens: 5 }).catch((error: unknown) => error);
      assert.match((refused as Error).message, /damaged/);
      await bad.close();
    });
  });
}

/** Does harm to every nth write, whole frames each. */
function everyNth(n: number, harm: Harm): Harm {
  let i = 0;
  return (bytes) => ((i += 1) % n === 0 ? harm(bytes) : [bytes]);
}
