// A session becomes steps of a run; a prompt that the device cannot read is the person's mistake, anything else the device's.
import { assert } from 'chai';
import { storyWriter } from '../../host-tools/commands/story-writer.ts';
import type { ToldToken } from '../../host-tools/commands/take-run.ts';
import { DeviceError, UserError } from '../../host-tools/contracts/errors.ts';
import { statusCode } from '../../host-tools/contracts/status.ts';
import type { StatusName } from '../../host-tools/contracts/status.ts';
import { deviceStatus } from '../../host-tools/link/events.ts';
import type { DoneEvent, LinkEvent } from '../../host-tools/link/events.ts';

const story = { maxTokens: 9, temperatureMilli: 0, topK: 0, topPMilli: 1000, seed: 1 };

function done(reason: DoneEvent['reason'], status: StatusName = 'ok', offset = 0): DoneEvent {
  const counts = { promptTokens: 1, newTokens: 1, prefillUs: 5, decodeUs: 5 };
  return { kind: 'done', reason, status: deviceStatus(statusCode(status)), offset, ...counts };
}

function token(index: number, output: number | undefined, text: readonly number[]): LinkEvent {
  const phase = index < 1 ? 'prefill' : 'decode';
  const times = { timeUs: 100 * (index + 1), stepUs: 90, shared: 1 as const };
  return { kind: 'token', index, phase, input: index, output, text: Uint8Array.from(text), ...times };
}

async function write(
  events: readonly LinkEvent[],
  prompt = 'Once',
): Promise<{ steps: ToldToken[]; ended?: string; error?: unknown }> {
  const steps: ToldToken[] = [];
  const session = {
    async *generate() {
      yield* events;
    },
  };
  const writer = storyWriter(session, story, new AbortController().signal);
  try {
    return { ended: await writer.write(prompt, (step) => steps.push(step)), steps };
  } catch (error) {
    return { error, steps };
  }
}

describe('storyWriter', () => {
  it('tells each step with its times', async () => {
    const { steps, ended } = await write([token(0, 7, [0x61]), token(1, undefined, []), done('end')]);
    assert.deepEqual(steps, [
      { index: 0, phase: 'prefill', id: 0, output: 7, text: 'a', deviceTimeUs: 100, stepUs: 90 },
      { index: 1, phase: 'decode', id: 1, output: null, text: '', deviceTimeUs: 200, stepUs: 90 },
    ]);
    assert.equal(ended, 'end');
  });

  it('puts a character together that two tokens share', async () => {
    const { steps } = await write([token(0, 7, [0xc3]), token(1, 8, [0xa9, 0x21]), done('max_tokens')]);
    assert.deepEqual(
      steps.map(({ text }) => text),
      ['', 'é!'],
    );
  });

  it('says why a story ended', async () => {
    assert.equal((await write([done('max_tokens')])).ended, 'max_tokens');
    assert.equal((await write([done('stopped')])).ended, 'stopped');
  });

  it('names the character that a prompt cannot have, with its offset', async () => {
    const { error } = await write([done('error', 'unencodable', 2)], 'é🦊');
    assert.instanceOf(error, UserError);
    assert.notInstanceOf(error, DeviceError);
    assert.equal(
      (error as Error).message,
      'the prompt has a character that the model cannot encode: "🦊" at byte 2',
    );
  });

  it('blames the device for the rest', async () => {
    assert.instanceOf((await write([done('error', 'busy')])).error, DeviceError);
    assert.instanceOf((await write([token(0, 7, [])])).error, DeviceError);
  });
});
