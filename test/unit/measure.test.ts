// The verb puts run, record, report and table together; a made-up device stands in for the board.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { assert } from 'chai';
import type { Io } from '../../host-tools/commands/command.ts';
import { measureWith } from '../../host-tools/commands/measure.ts';
import { report } from '../../host-tools/commands/report.ts';
import type { OpenStoryDevice, StoryDevice, StoryRequest } from '../../host-tools/commands/story-device.ts';
import { DeviceError, UserError } from '../../host-tools/contracts/errors.ts';
import type { InstructionCounts, TokenCounts } from '../../host-tools/emulators/counts.ts';
import { halves } from '../../host-tools/measure/counts.ts';
import { parseRecord } from '../../host-tools/measure/record.ts';
import { countsOf, hostRecord, tokensOf } from '../support/record.ts';
import { temporaryState } from '../support/temporary.ts';

const story = { maxTokens: 256, temperature: 0, topK: 0, topP: 1000, seed: 1 };

/** What the tests look at in `measure --json`. */
interface MeasureJson {
  prefill: PhaseJson;
  decode: PhaseJson;
  runs: { prompt: string }[];
}
type PhaseJson = Record<
  'joules_per_token' | 'instructions_per_token',
  { low: number; high: number; unit: string; evidence: string; tokens: { low: number; high: number } }
>;

/** An Io that keeps what is written and said. */
function keepingIo(): Io & { out: string; said: string[] } {
  return {
    out: '',
    said: [],
    async write(text) {
      this.out += typeof text === 'string' ? text : Buffer.from(text).toString();
    },
    log(line) {
      this.said.push(line);
    },
    progress: () => undefined,
    signal: new AbortController().signal,
  };
}

interface Faults {
  uncounted?: boolean;
  /** Counts tell two operators apart, where it is asked for. */
  profiled?: boolean;
  failAfter?: number;
  ended?: 'end' | 'max_tokens';
}

/** The same counts, half of them those of look-ups. */
function withOperators({ isr, ...counts }: InstructionCounts & { isr: number }): TokenCounts {
  const [rest, more] = halves({ ...counts, isr: 0 }).map(({ isr: _, ...part }) => part as InstructionCounts);
  return { ...counts, isr, operators: { 'look-ups': more!, other: rest! } };
}

/** Opens a device of three prompt tokens and nine steps that write; remembers what it was asked. */
function fakeOpen({ uncounted, profiled, failAfter = 99, ended = 'end' }: Faults = {}) {
  const asked: StoryRequest[] = [];
  const told = { closed: 0, prompts: [] as string[] };
  let count: ((counts: TokenCounts) => void) | undefined;
  const { firmware, image, model } = hostRecord();
  const device: StoryDevice = {
    emulated: !uncounted,
    identity: { firmware, image, model },
    counter: uncounted
      ? undefined
      : async (listener) => {
          count = listener;
          return () => (count = undefined);
        },
    clock: { evidence: 'measured', source: 'monotonic clock of the host' },
    async write(prompt, onStep) {
      told.prompts.push(prompt);
      for (const [i, step] of tokensOf(3, 9, false).entries()) {
        if (i === failAfter) throw new DeviceError('/dev/pts/9 is gone: its other end is gone');
        count?.(profiled && asked[0]!.profile ? withOperators(countsOf(i)) : countsOf(i));
        onStep(step);
      }
      return ended;
    },
    close: async () => {
      told.closed++;
    },
  };
  const open: OpenStoryDevice = async (request) => {
    asked.push(request);
    return device;
  };
  return { open, asked, told };
}

describe('measure', () => {
  const folder = temporaryState();

  it('tells the story, prints the table and writes record and report', async () => {
    const io = keepingIo();
    const { open, told } = fakeOpen();
    assert.equal(await measureWith(open, ['The fox'], story, io), 0);
    assert.match(
      io.out,
      /^The foxOnce upon a time, there was a little\n\nstories-1m on stm32f405 \(emulated\)\n/,
    );
    assert.match(io.out, /speed +\d+–\d+ tokens\/s estimated/);
    const [record, page] = io.said.map((line) => /^(?:record|report): (.*)$/.exec(line)![1]!);
    assert.isTrue(record!.startsWith(folder));
    const read = parseRecord(readFileSync(record!, 'utf8'), 'record');
    assert.isTrue(read.integrity.complete);
    assert.equal(read.runs[0]!.output, 'Once upon a time, there was a little');
    assert.match(readFileSync(page!, 'utf8'), /^<!doctype html>/);
    assert.deepEqual([told.closed, told.prompts], [1, ['The fox']]);
  });

  it('prints one JSON document and nothing else with --json', async () => {
    const io = keepingIo();
    const places = { record: join(folder, 'a.json'), report: join(folder, 'a.html') };
    assert.equal(await measureWith(fakeOpen().open, [], { ...story, ...places, json: true }, io), 0);
    const document = JSON.parse(io.out) as MeasureJson;
    assert.deepInclude(document as object, {
      model: 'stories-1m',
      board: 'stm32f405',
      emulated: true,
      complete: true,
      ...places,
    });
    for (const phase of ['prefill', 'decode'] as const) {
      const { low, high, unit, evidence, tokens } = document[phase].joules_per_token;
      assert.isTrue(tokens.low <= low && low < high && high <= tokens.high);
      assert.deepEqual([unit, evidence], ['J/token', 'estimated']);
    }
    assert.equal(document.decode.instructions_per_token.evidence, 'simulated');
    assert.equal(document.runs[0]!.prompt, 'Once upon a time');
  });

  it('measures time and no joules where nothing counts, and says so', async () => {
    const io = keepingIo();
    assert.equal(
      await measureWith(fakeOpen({ uncounted: true }).open, [], { ...story, board: 'host' }, io),
      0,
    );
    assert.match(io.out, /speed .*tokens\/s measured/);
    assert.match(io.out, /no joules: host has no meter\n$/);
    assert.notMatch(io.out, / J|joule\/|mJ/);
  });

  it('tells where the cycles went with --profile, and keeps it in the record', async () => {
    const io = keepingIo();
    const places = { record: join(folder, 'p.json'), report: join(folder, 'p.html') };
    const { open, asked } = fakeOpen({ profiled: true });
    assert.equal(await measureWith(open, [], { ...story, ...places, profile: true }, io), 0);
    assert.isTrue(asked[0]!.profile);
    assert.match(
      io.out,
      /where the cycles went +reading 3 tokens, mean +writing 9 tokens, mean\n {2}look-ups /,
    );
    const { profile, runs } = parseRecord(readFileSync(places.record, 'utf8'), 'record');
    assert.sameMembers(Object.keys(profile!.decode), ['look-ups', 'other']);
    const sum = (counts: { instructions: number }[]): number =>
      counts.reduce((total, { instructions }) => total + instructions, 0);
    const all = runs[0]!.tokens.map(({ counts }) => counts!);
    const parts = [profile!.prefill, profile!.decode].flatMap((phase) => Object.values(phase));
    assert.equal(sum(parts), sum(all));
    assert.notProperty(all[0], 'operators');
    const plain = keepingIo();
    assert.equal(await measureWith(fakeOpen({ profiled: true }).open, [], { ...story, ...places }, plain), 0);
    assert.notInclude(plain.out, 'where the cycles went');
  });

  it('takes times without joules with --meter none, and refuses a meter that cannot be', async () => {
    const io = keepingIo();
    assert.equal(await measureWith(fakeOpen().open, [], { ...story, meter: 'none' }, io), 0);
    assert.notInclude(io.out, 'J/token');
    const { open, told } = fakeOpen({ uncounted: true });
    const error = await measureWith(open, [], { ...story, meter: 'emulated' }, io).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    assert.instanceOf(error, UserError);
    assert.equal(told.closed, 1);
  });

  it('exits 3 without a headline when the board is lost, and keeps the record', async () => {
    const io = keepingIo();
    const { open, told } = fakeOpen({ failAfter: 7 });
    assert.equal(await measureWith(open, [], { ...story, record: join(folder, 'lost.json') }, io), 3);
    assert.match(io.said[0]!, /incomplete, no headline: \/dev\/pts\/9 is gone/);
    assert.notInclude(io.out, 'tokens/s');
    const { integrity, runs } = parseRecord(readFileSync(join(folder, 'lost.json'), 'utf8'), 'record');
    assert.deepEqual([integrity.complete, runs[0]!.tokens.length, runs[0]!.ended], [false, 7, 'stopped']);
    assert.equal(told.closed, 1);
  });

  it('warns of a story that was cut', async () => {
    const io = keepingIo();
    assert.equal(await measureWith(fakeOpen({ ended: 'max_tokens' }).open, [], story, io), 0);
    assert.equal(io.said[0], 'The story was cut after 256 tokens; --max-tokens sets how long it may get.');
  });

  it('takes the prompts of a file one after the other', async () => {
    const path = join(folder, 'prompts.txt');
    writeFileSync(path, 'One day\n\n  \nThe dog\r\n');
    const { open, told } = fakeOpen();
    const places = { record: join(folder, 'two.json'), report: join(folder, 'two.html') };
    assert.equal(await measureWith(open, [], { ...story, prompts: path, ...places }, keepingIo()), 0);
    assert.deepEqual(told.prompts, ['One day', 'The dog']);
    assert.lengthOf(parseRecord(readFileSync(places.record, 'utf8'), 'record').runs, 2);
  });

  it('refuses two sources of prompts, and a file without any, before it opens a device', async () => {
    const path = join(folder, 'none.txt');
    writeFileSync(path, '\n');
    const { open, asked } = fakeOpen();
    for (const [args, prompts] of [
      [['a'], path],
      [[], path],
    ] as const) {
      const error = await measureWith(open, args, { ...story, prompts }, keepingIo()).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      assert.instanceOf(error, UserError);
    }
    assert.isEmpty(asked);
  });

  it('leaves nothing half-written when a place cannot be written to', async () => {
    writeFileSync(join(folder, 'file'), '');
    const record = join(folder, 'file', 'a.json');
    const error = await measureWith(fakeOpen().open, [], { ...story, record }, keepingIo()).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    assert.instanceOf(error, UserError);
    assert.match((error as Error).message, /a\.json was not written: a part of its path is no folder$/);
  });

  it('is told again, and side by side, by report', async () => {
    const paths = ['x', 'y'].map((name) => join(folder, `${name}.json`));
    for (const record of paths) await measureWith(fakeOpen().open, [], { ...story, record }, keepingIo());
    const io = keepingIo();
    await report.run(paths, { report: join(folder, 'both.html') }, io);
    assert.include(readFileSync(join(folder, 'both.html'), 'utf8'), '2 runs compared');
    assert.lengthOf(io.out.match(/tokens\/s estimated/g)!, 4);
    await report.run([paths[0]!], { json: true }, io);
    assert.isTrue(existsSync((JSON.parse(io.out.split('\n').at(-2)!) as { report: string }).report));
  });
});
