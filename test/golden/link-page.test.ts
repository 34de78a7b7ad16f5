// The tables and blocks of docs/link.md are what contracts and firmware hold; `npm run golden` rewrites them for review.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { assert } from 'chai';
import type { CField } from '../../host-tools/contracts/c-header.ts';
import { firmwareInfoFields } from '../../host-tools/contracts/firmware.ts';
import * as contract from '../../host-tools/contracts/link.ts';
import { statuses } from '../../host-tools/contracts/status.ts';
import { eventCode } from '../../host-tools/link/events.ts';
import { createFrameDecoder, encodeFrame } from '../../host-tools/link/frames.ts';
import type { Frame } from '../../host-tools/link/frames.ts';
import type { Port } from '../../host-tools/link/port.ts';
import { sessionLimits } from '../../host-tools/link/session.ts';
import { hostDevices, shippedImage } from '../support/devices.ts';
import { assertPage, block, fieldRows, table } from '../support/page-tables.ts';
import { root } from '../support/sources.ts';
import { until } from '../support/until.ts';

const wasm = hostDevices.find(({ programs }) => programs.length === 0)!;
const hex = (bytes: Iterable<number>): string =>
  [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');

/** `<request or event>, sequence <n>, payload <bytes>:` as its frame. */
function frameOf(line: string): Uint8Array {
  const [, name, sequence, bytes] = /^(\w+), sequence (\d+), payload ?([0-9a-f ]*):/.exec(line) ?? [];
  const type = [...contract.requests, ...contract.events].find((one) => one.name === name)?.code;
  if (type === undefined) throw new Error(`no frame: ${line}`);
  const payload = bytes === '' ? [] : bytes!.split(' ').map((byte) => parseInt(byte, 16));
  return encodeFrame({ type, sequence: Number(sequence), payload: Uint8Array.from(payload) });
}

const showFrame = (line: string): string => `${line.replace(/:.*/, '')}: ${hex(frameOf(line))}`;

/** Rows of a table of codes: code, name, and what is said about it. */
function codeRows(
  entries: readonly { name: string; code: number; note?: string; words?: string }[],
  digits = 0,
): string {
  return entries
    .map(({ name, code, note, words }) => {
      const shown = digits > 0 ? `0x${code.toString(16).padStart(digits, '0')}` : code;
      return `| ${shown} | ${name} | ${note ?? words} |`;
    })
    .join('\n');
}

/** As fieldRows, with names of C declarations as places on the page. */
function linkRows(fields: readonly CField[]): string {
  return fieldRows(fields)
    .replaceAll('status.h', '[§7](#7-statuses)')
    .replace('generate_flag', 'the flags below')
    .replace('done_reason', 'the reasons below');
}

function constantRows(): string {
  const { dle, soh, etx, stuffed } = contract;
  return Object.entries({ dle, soh, etx, stuffed })
    .map(([name, byte]) => `| ${name.toUpperCase()} | ${hex([byte])} |`)
    .join('\n');
}

function limitRows(): string {
  const { helloMs, helloAttempts, answerMs, attempts, silenceMs } = sessionLimits;
  const seconds = (ms: number): string => `${ms / 1000} s`;
  return [
    ['for the ack of `hello`', `${seconds(helloMs)}, ${helloAttempts} times`],
    ['for another ack, anew at each `busy`', `${seconds(answerMs)}, ${attempts} times`],
    ['for the next event of a generation', seconds(silenceMs)],
  ]
    .map(([wait, limit]) => `| ${wait} | ${limit} |`)
    .join('\n');
}

/** What a device without a model says to lines that are typed, the lines included. */
async function consoleTalk(lines: readonly string[]): Promise<string> {
  const port = await wasm.open(new Uint8Array(0), '');
  let heard = '';
  port.subscribe({ data: (bytes) => (heard += Buffer.from(bytes).toString()), closed: () => undefined });
  const prompts = (): number => heard.match(/^>/gm)?.length ?? 0;
  const greeting = await until(() => prompts() === 1, 'the first prompt').then(() => heard.length - 1);
  const typed = lines.filter((line) => line.startsWith('>'));
  for (const [i, line] of typed.entries()) {
    await port.write(Buffer.from(`${line.slice(1)}\r`));
    await until(
      () => prompts() === i + 2,
      () => `a prompt after ${line}`,
    );
  }
  await port.close();
  return heard.slice(greeting).replaceAll('\r', '').replace(/\n>$/, '');
}

/** Frames of a port as they come. */
function listen(port: Port): Frame[] {
  const [decoder, frames] = [createFrameDecoder(), [] as Frame[]];
  port.subscribe({ data: (bytes) => void frames.push(...decoder.take(bytes)), closed: () => undefined });
  return frames;
}

describe('docs/link.md', function () {
  this.timeout(300_000);

  it('says what contracts and firmware hold', async () => {
    const page = readFileSync(join(root, 'docs/link.md'), 'utf8');
    const talk = await consoleTalk(/```console\n([^`]*)```/.exec(page)![1]!.split('\n'));
    await assertPage('docs/link.md', [
      block('console', () => talk),
      block('frames', (lines) => lines.map(showFrame).join('\n')),
      block('conversation', (lines) => lines.map(showFrame).join('\n')),
      table('constant', 'byte', constantRows()),
      table('wait of the host', 'limit', limitRows()),
      table('code', 'request', codeRows(contract.requests, 2)),
      table('offset', 'generate', linkRows(contract.generateFields)),
      table('bit', 'flag', codeRows(contract.generateFlags)),
      table('code', 'event', codeRows(contract.events, 2)),
      table('offset', 'ack', linkRows(contract.ackFields)),
      table('offset', 'identity', linkRows(contract.identityFields)),
      table('offset', 'token', linkRows(contract.tokenFields)),
      table('offset', 'checksum', linkRows(contract.checksumFields)),
      table('offset', 'done', linkRows(contract.doneFields)),
      table('code', 'reason', codeRows(contract.doneReasons)),
      table('code', 'status', codeRows(statuses)),
      table('offset', 'firmware', fieldRows(firmwareInfoFields)),
    ]);
  });

  it('names the limits that contracts holds', () => {
    const page = readFileSync(join(root, 'docs/link.md'), 'utf8').replace(/\s+/g, ' ');
    const { temperature_milli_max, top_p_milli_max, max_tokens_max } = contract.generateLimits;
    const longest = encodeFrame({
      type: contract.dle,
      sequence: contract.dle,
      payload: new Uint8Array(contract.payloadBytesMax).fill(contract.dle),
    }).length;
    // The length is not DLE, and the checksum may be: two bytes more each.
    const n_bytes = 2 + 2 * (3 + contract.payloadBytesMax + 2) + 2;
    assert.isAtLeast(n_bytes, longest);
    for (const fact of [
      `at most ${contract.payloadBytesMax}. A frame takes at most ${n_bytes} bytes`,
      `version of the link (${contract.linkVersion};`,
      `temperature to ${temperature_milli_max}, top-p from 1 to ${top_p_milli_max}, tokens to ${max_tokens_max}.`,
      `after ${contract.frameGapUs / 1e6} s of silence`,
      `after ${contract.sessionGapUs / 1e6} s in which`,
      `\`no_token\` is 0x${contract.noToken.toString(16)}`,
    ])
      assert.include(page, fact);
  });

  it('holds a conversation that a device has', async () => {
    const page = readFileSync(join(root, 'docs/link.md'), 'utf8');
    const lines = /```conversation\n([^`]*)```/.exec(page)![1]!.trimEnd().split('\n');
    const port = await wasm.open(await shippedImage('stories-60k'), '');
    const frames = listen(port);
    const acks = (): Frame[] => frames.filter(({ type }) => type === eventCode('ack'));
    for (let i = 0; i < lines.length; i += 2) {
      await port.write(frameOf(lines[i]!));
      await until(
        () => acks().length === i / 2 + 1,
        () => `an ack of ${lines[i]}`,
      );
      assert.equal(hex(encodeFrame(acks().at(-1)!)), hex(frameOf(lines[i + 1]!)), lines[i]);
    }
    await until(() => frames.at(-1)?.type === eventCode('done'), 'done');
    await port.close();
    const written = frames.filter(({ type }) => type === eventCode('token'));
    assert.lengthOf(written, 2 + 2, 'the start token, Once, and two that were written and read');
  });
});
