// Records are read back as they were written, and refused in one sentence where they are broken.
import { assert } from 'chai';
import { UserError } from '../../host-tools/contracts/errors.ts';
import { formatRecord, parseRecord } from '../../host-tools/measure/record.ts';
import type { RunFile } from '../../host-tools/measure/record.ts';
import { emulatedRecord, hostRecord, profiledRecord } from '../support/record.ts';

/** The message of the UserError that a text is refused with. */
function refusal(text: string): string {
  try {
    parseRecord(text, 'a.json');
  } catch (error) {
    assert.instanceOf(error, UserError);
    return (error as Error).message;
  }
  return assert.fail('it was read');
}

/** The text of a record after a change. */
function changed(record: RunFile, change: (copy: RunFile) => void): string {
  const copy = structuredClone(record);
  change(copy);
  return JSON.stringify(copy);
}

/** Puts a value, or nothing, where the types would not let it be. */
function put(path: string, value: unknown): (copy: RunFile) => void {
  const names = path.split('.');
  const last = names.pop()!;
  return (copy) => {
    const target = names.reduce(
      (at, name) => at[name] as Record<string, unknown>,
      copy as unknown as Record<string, unknown>,
    );
    if (value === undefined) Reflect.deleteProperty(target, last);
    else target[last] = value;
  };
}

describe('parseRecord', () => {
  let record: RunFile;
  before(async () => (record = await emulatedRecord(3, 5)));

  it('reads what formatRecord wrote', () => {
    for (const one of [record, hostRecord()]) assert.deepEqual(parseRecord(formatRecord(one), 'a.json'), one);
  });

  it('refuses every truncation in one sentence', () => {
    const text = formatRecord(record).trimEnd();
    for (let bytes = 0; bytes < text.length; bytes += 97) {
      const said = refusal(text.slice(0, bytes));
      assert.match(said, /^a\.json is (a record that was cut off|not JSON)$/);
    }
  });

  it('refuses a newer version by its number', () => {
    assert.equal(
      refusal(changed(record, put('version', 2))),
      'a.json is a record of version 2; this Ternlet reads version 1',
    );
  });

  it('refuses what is no record', () => {
    for (const text of ['{}', '[]', 'null', '3', '{"format":"ternlet-image"}']) {
      assert.equal(refusal(text), 'a.json is no Ternlet record');
    }
    assert.equal(refusal('{"format":"ternlet-record"}'), 'a.json is a Ternlet record without a version');
  });

  const faults: [string, (copy: RunFile) => void, RegExp][] = [
    ['a field is missing', put('image.crc32', undefined), /broken record: image\.crc32: /],
    ['a field is unknown', put('images', 1), /broken record: the record: .*images/],
    ['a number is text', put('runs.0.tokens.2.id', '7'), /runs\.0\.tokens\.2\.id: /],
    ['a count is negative', put('runs.0.tokens.2.counts.taken', -1), /tokens\.2\.counts\.taken: /],
    ['a hash is short', put('image.sha256', 'ab'), /image\.sha256: is no SHA-256/],
    [
      'a range is exchanged',
      put('runs.0.power.idleWatts', { low: 2, high: 1 }),
      /idleWatts: has its ends exchanged/,
    ],
    [
      'a token is missing',
      ({ runs }) => runs[0]!.tokens.splice(1, 1),
      /contradicts itself: token 2 stands at place 1/,
    ],
    ['a window is missing', ({ runs }) => runs[0]!.power!.windows.pop(), /7 power windows for 8 tokens/],
    ['time runs backward', put('runs.0.tokens.4.deviceTimeUs', 1), /token 4 is done before the one ahead/],
    [
      'a window runs backward',
      put('runs.0.power.windows.4.endUs', 0),
      /power window of token 4 runs backward/,
    ],
    ['the prompt follows the story', put('runs.0.tokens.6.phase', 'prefill'), /token 6 is of the prompt/],
    [
      'counts of Arm are those of an older Ternlet',
      put('runs.0.tokens.1.counts.pipeline', undefined),
      /has counts that cortex-m4 does not compute with/,
    ],
    ['a wait is unknown', put('runs.0.tokens.1.counts.pipeline.more', 1), /counts\.pipeline: .*more/],
    ['counts are missing', put('runs.0.tokens.1.counts', undefined), /token 1 has no counts/],
    ['a pair has one token', put('runs.0.tokens.1.shared', 2), /token 1 shares its step with no other/],
    [
      'a pair is of the prompt and of the story',
      ({ runs }) => runs[0]!.tokens.slice(2, 4).forEach((token) => (token.shared = 2)),
      /tokens 2 and 3 share a step but not a phase/,
    ],
    ['the meter is missing', put('meter', null), /power without a meter/],
    ['it is both', put('integrity.reasons', ['lost samples']), /complete and incomplete at once/],
    ['it is empty', put('runs', []), /says complete but has no token/],
  ];
  for (const [what, change, pattern] of faults) {
    it(`refuses a record in which ${what}`, () => {
      const said = refusal(changed(record, change));
      assert.match(said, pattern);
      assert.match(said, /^a\.json is .*[^.]$/);
      assert.notInclude(said, '\n');
    });
  }

  it('refuses a profile that lost or made instructions', async () => {
    const profiled = await profiledRecord();
    const more = ({ profile }: RunFile) => (profile!.decode['tables']!.instructions += 1);
    assert.match(
      refusal(changed(profiled, more)),
      /its decode profile has \d+ instructions, its tokens \d+$/,
    );
    const none = ({ profile }: RunFile) => (profile!.prefill = {});
    assert.match(refusal(changed(profiled, none)), /its prefill profile has 0 instructions, its tokens \d+$/);
  });

  it('writes no record that it could not read', () => {
    const broken = structuredClone(record);
    broken.runs[0]!.tokens.pop();
    assert.throws(() => formatRecord(broken), /contradicts itself/);
  });
});
