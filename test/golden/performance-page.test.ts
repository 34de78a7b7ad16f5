// docs/performance.md is what the recorded figures say: `npm run bench -- --record` writes both.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { assert } from 'chai';
import { performancePage } from '../bench/page.ts';
import { UserError } from '../../host-tools/contracts/errors.ts';
import { parseBenchRecord, recordSchema, regressions } from '../bench/record.ts';
import { readSource, root } from '../support/sources.ts';

const recorded = recordSchema.parse(JSON.parse(readFileSync(join(root, 'test/bench/recorded.json'), 'utf8')));

describe('docs/performance.md', () => {
  it('is what the bench writes of its record', async () => {
    assert.equal(readSource('docs/performance.md'), await performancePage(recorded));
  });
});

describe('the check of the bench', () => {
  const worse = (by: number): typeof recorded => ({
    ...recorded,
    kernels: recorded.kernels.map((one) => ({ ...one, instructions: one.instructions * by })),
  });

  it('finds nothing in what is recorded, and nothing in what is worse by less than 1 %', () => {
    assert.deepEqual(regressions(recorded, recorded), []);
    assert.deepEqual(regressions(worse(1.009), recorded), []);
    assert.deepEqual(regressions(worse(0.5), recorded), []);
  });

  it('says a line for each figure that is worse by more, but not of the dense layer', () => {
    const lines = regressions(worse(1.02), recorded);
    assert.lengthOf(lines, recorded.kernels.filter(({ kernel }) => kernel !== 'dense_s8').length);
    assert.match(lines[0]!, /^cortex-m0plus gemv_s8_t5: instructions per weight: .* \(\+2\.0 %\)$/);
  });

  it('says what nothing is recorded of', () => {
    const lines = regressions(recorded, { kernels: recorded.kernels, tokens: [] });
    assert.isNotEmpty(lines);
    assert.match(lines[0]!, /nothing is recorded$/);
  });

  it('finds what is no number', () => {
    assert.isNotEmpty(regressions(worse(NaN), recorded));
  });
});

describe('parseBenchRecord', () => {
  const name = 'test/bench/recorded.json';
  const text = readSource(name);

  it('reads what the repository holds', () => {
    assert.deepEqual(parseBenchRecord(text, name), recorded);
  });

  for (const [what, spoilt, pattern] of [
    ['is missing', undefined, /^test\/bench\/recorded\.json is missing/],
    ['is empty', '', /is not JSON, or was cut off$/],
    ['is truncated', text.slice(0, text.length / 2), /is not JSON, or was cut off$/],
    ['is something else', '[1]', /is no record of the bench: the record: /],
    ['lacks a figure', text.replace('"tableBytes"', '"tables"'), /the bench: kernels\.0\.tableBytes: /],
  ] as const)
    it(`refuses in one sentence what ${what}`, () => {
      assert.throws(() => parseBenchRecord(spoilt, name), UserError, pattern);
    });
});
