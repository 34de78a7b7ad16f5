// A profile says where the cycles of a token went; its parts add up to the whole, which is the tokens' own.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { assert } from 'chai';
import { addToProfile, emptyProfile, profileOf } from '../../host-tools/measure/profile.ts';
import { cortexM4 } from '../../host-tools/measure/cortex-m4.ts';
import { rangeOf } from '../../host-tools/measure/figure.ts';
import { formatRecord, parseRecord } from '../../host-tools/measure/record.ts';
import type { RunFile } from '../../host-tools/measure/record.ts';
import { renderReport } from '../../host-tools/measure/report.ts';
import { summarize } from '../../host-tools/measure/summarize.ts';
import { summaryJson } from '../../host-tools/measure/summary-json.ts';
import { renderTable } from '../../host-tools/measure/table.ts';
import { readShapes, schemaOf } from '../support/page-shapes.ts';
import { emulatedRecord, hostRecord, profiledRecord } from '../support/record.ts';
import { root } from '../support/sources.ts';

describe('addToProfile', () => {
  it('adds the counts of each operator to those of its phase', () => {
    const profile = emptyProfile();
    const counts = (cycles: number) => ({ instructions: 2 * cycles, cycles });
    for (const phase of ['prefill', 'decode', 'decode'] as const) {
      const operators = { tables: counts(3), other: counts(1) };
      addToProfile(profile, phase, { ...counts(4), isr: 0, operators });
    }
    addToProfile(profile, 'decode', { ...counts(5), isr: 1, operators: { norms: counts(5) } });
    assert.deepEqual(profile, {
      prefill: { tables: counts(3), other: counts(1) },
      decode: { tables: counts(6), other: counts(2), norms: counts(5) },
    });
  });

  it('takes counts that tell no operators apart', () => {
    const profile = emptyProfile();
    addToProfile(profile, 'decode', { instructions: 1, cycles: 1, isr: 0 });
    assert.deepEqual(profile, emptyProfile());
  });
});

describe('profileOf', () => {
  let record: RunFile;
  before(async () => (record = await profiledRecord()));

  it('adds up to the cycles of the tokens', () => {
    for (const phase of ['prefill', 'decode'] as const) {
      const part = profileOf(record)![phase]!;
      const tokens = record.runs[0]!.tokens.filter((token) => token.phase === phase);
      assert.equal(part.nTokens, tokens.length);
      for (const end of ['low', 'high'] as const) {
        const whole = tokens.reduce((sum, { counts }) => sum + cortexM4.cyclesOf(counts!)[end], 0);
        const parts = part.operators.reduce((sum, { cycles }) => sum + rangeOf(cycles.value)[end], 0);
        assert.closeTo(parts * tokens.length, whole, whole * 1e-9);
        const both = [part.product, part.rest].map(({ cycles }) => rangeOf(cycles.value)[end]);
        assert.closeTo(both[0]! + both[1]!, parts, 1e-3);
      }
    }
  });

  it('gives shares that lie around a hundred together', () => {
    const { operators, product, rest } = profileOf(record)!.decode!;
    const sum = (end: 'low' | 'high'): number =>
      operators.reduce((total, { share }) => total + rangeOf(share.value)[end], 0);
    assert.isAtMost(sum('low'), 100 + 1e-9);
    assert.isAtLeast(sum('high'), 100 - 1e-9);
    assert.closeTo(rangeOf(product.share.value).low + rangeOf(rest.share.value).high, 100, 1e-9);
  });

  it('keeps the order of the table, and names that it does not know at the end', () => {
    const strange = structuredClone(record);
    strange.profile!.decode['attention'] = strange.profile!.decode['other']!;
    const names = profileOf(strange)!.decode!.operators.map(({ name }) => name);
    assert.deepEqual(names, ['look-ups', 'tables', 'norms', 'other', 'attention']);
  });

  it('is nothing where none was taken, and where a run is incomplete', async () => {
    assert.isUndefined(profileOf(await emulatedRecord(2, 2)));
    assert.isUndefined(profileOf(hostRecord()));
    const integrity = { complete: false, reasons: ['the port vanished'] };
    assert.isUndefined(summarize({ ...record, integrity }).profile);
  });
});

describe('a record with a profile', () => {
  let record: RunFile;
  before(async () => (record = await profiledRecord()));

  it('is read as it was written', () => {
    assert.deepEqual(parseRecord(formatRecord(record), 'a.json'), record);
  });

  it('is told as lines behind the table, each with a tag', () => {
    const [, profile] = renderTable(record, summarize(record)).split('\n\n');
    const lines = profile!.split('\n');
    assert.match(lines[0]!, /^where the cycles went +reading 3 tokens, mean +writing 5 tokens, mean$/);
    assert.match(lines[1]!, /^ {2}look-ups +[\d,]+–[\d,]+ cycles\/token \(.* %\) estimated +[\d,]+–/);
    assert.match(lines.at(-2)!, /^ternary products /);
    assert.match(lines.at(-1)!, /^everything else .* estimated$/);
  });

  it('is in the report, with bars', () => {
    const page = renderReport([record]);
    assert.include(page, 'Where the cycles went');
    const table = /<table class="profile">[\s\S]*?<\/table>/.exec(page)![0];
    // Four operators, products and the rest, in two phases.
    assert.lengthOf(table.match(/<svg/g)!, 12);
    assert.lengthOf(table.match(/<span class="figure"/g)!, 24);
    assert.notMatch(page, /NaN|Infinity|undefined/);
    assert.notInclude(renderReport([hostRecord()]), 'Where the cycles went');
  });

  it('is in the JSON, as documented', () => {
    const shapes = readShapes(readFileSync(join(root, 'docs', 'commands.md'), 'utf8'));
    const document = summaryJson(record, summarize(record), { record: 'a', report: 'b' });
    const { success, error } = schemaOf(shapes, 'measure').safeParse(document);
    assert.isTrue(success, error?.message);
    const { profile } = document as unknown as {
      profile: { decode: { operators: { operator: string; share: { unit: string } }[] } };
    };
    assert.deepEqual(
      profile.decode.operators.map(({ operator }) => operator),
      ['look-ups', 'tables', 'norms and quantisation', 'scalars and control'],
    );
    assert.equal(profile.decode.operators[0]!.share.unit, '%');
  });
});
