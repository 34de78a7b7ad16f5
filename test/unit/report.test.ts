// A report is one page that needs nothing else, in which every figure carries its tag and no text becomes markup.
import { assert } from 'chai';
import fc from 'fast-check';
import { ticks } from '../../host-tools/measure/chart.ts';
import { escapeText, html } from '../../host-tools/measure/markup.ts';
import type { RunFile } from '../../host-tools/measure/record.ts';
import { renderReport } from '../../host-tools/measure/report.ts';
import { emulatedRecord, hostRecord } from '../support/record.ts';

fc.configureGlobal({ seed: 1 });

const hostile = `</p><script>alert(1)</script>&lt;"' onload='x' \u0000\u001b[31m \u{1f98a} <!-- ]]>`;

/** The names of all elements that a page opens, and those that it closes. */
function elements(page: string): { opened: string[]; closed: string[] } {
  const body = page.replace(/<style>[\s\S]*?<\/style>/g, '').replace(/<!doctype html>/, '');
  const opened = [...body.matchAll(/<([a-z][a-z0-9]*)\b[^>]*?(\/?)>/g)].filter(([, , self]) => self === '');
  const closed = [...body.matchAll(/<\/([a-z][a-z0-9]*)\s*>/g)];
  return { opened: opened.map(([, name]) => name!), closed: closed.map(([, name]) => name!) };
}

/** The text of a page without markup, with one blank for each run of white space. */
function textOf(page: string): string {
  const body = page.replace(/<style>[\s\S]*?<\/style>/g, '').replace(/<svg[\s\S]*?<\/svg>/g, ' ');
  return body.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');
}

describe('escapeText', () => {
  it('leaves nothing that opens markup or ends an attribute', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) =>
        assert.notMatch(escapeText(text), /[<>"']|(?![\t\n\r])\p{Cc}/u),
      ),
    );
  });

  it('escapes what is put into a template, but not markup', () => {
    assert.equal(
      html`<b>${'<'}</b>${html`<i>${1}</i>`}${undefined}${['a', '&']}`.html,
      '<b>&lt;</b><i>1</i>a&amp;',
    );
  });
});

describe('ticks', () => {
  it('are round, start at 0 and do not pass the end', () => {
    assert.deepEqual(ticks(200, 4), [0, 50, 100, 150, 200]);
    assert.deepEqual(ticks(0, 4), [0]);
    fc.assert(
      fc.property(fc.double({ min: 1e-12, max: 1e12, noNaN: true }), (high) => {
        const values = ticks(high, 5);
        assert.isTrue(values.length >= 2 && values.length <= 7);
        assert.isAtMost(values.at(-1)!, high * (1 + 1e-6));
      }),
    );
  });
});

describe('renderReport', () => {
  let record: RunFile;
  let page: string;
  before(async () => {
    record = await emulatedRecord();
    page = renderReport([record]);
  });

  it('is the same for the same record', () => assert.equal(renderReport([structuredClone(record)]), page));

  it('asks for nothing from outside and runs no script', () => {
    assert.notMatch(page, /<(script|link|img|iframe|object|embed|base|form|use|image|video|audio|source)\b/);
    assert.notMatch(
      page.replace(/"[^"]*"/g, '""'),
      /\b(src|href|srcset|action|data|poster)\s*=|url\(|@import|javascript:/i,
    );
    assert.include(page, "default-src 'none'");
  });

  it('closes what it opens', () => {
    for (const one of [page, renderReport([record, hostRecord()])]) {
      const { opened, closed } = elements(one);
      const open = opened.filter((name) => name !== 'meta').sort();
      assert.deepEqual(open, closed.sort());
    }
  });

  it('puts a tag on every figure', () => {
    const parts = page.split('<span class="figure"').slice(1);
    assert.isAbove(parts.length, 500);
    for (const part of parts) {
      assert.match(part, /^\s+title="(measured|simulated|estimated)[":]/);
      const [, evidence, said] =
        /<span class="tag (measured|simulated|estimated)"\s*>(\w+)<\/span/.exec(part) ?? [];
      assert.isTrue(said !== undefined && evidence!.startsWith(said), part.slice(0, 200));
      assert.isTrue(
        part.startsWith(` title="${evidence!}`) || part.trimStart().startsWith(`title="${evidence!}`),
      );
    }
  });

  it('prints no number with a unit outside a figure', () => {
    const rest = page.replace(
      /<span class="figure"[\s\S]*?<span class="tag[^>]*>\w+<\/span\s*>\s*<\/span\s*>/g,
      ' ',
    );
    const shown = textOf(rest).replace(/What ran[\s\S]*$/, '');
    assert.notMatch(shown, /\d\s*(tokens\/s|[nµm]?[JWs]\b|cycles|instructions)/);
  });

  it('tells reading from writing, says the hashes, and where the figures come from', () => {
    const text = textOf(page);
    for (const words of [
      'Reading the prompt (prefill)',
      'Writing (decode)',
      'Energy, idle subtracted',
      record.image.sha256,
      record.image.crc32,
      record.firmware.buildId,
      record.model.checkpointSha256!,
      'Complete: 96 tokens, each with its instruction counts and its window of power.',
      'DS8626 Rev 12',
      'Arm 100166_0001_00',
      '2 to 12 cycles',
    ]) {
      assert.include(text, words);
    }
  });

  it('draws power over time with a mark and a bar for each token', () => {
    assert.lengthOf(page.match(/class="mark"/g)!, 96);
    assert.lengthOf(page.match(/class="bar"/g)!, 96);
    assert.lengthOf(page.match(/class="band"/g)!, 1);
    assert.notMatch(page, /NaN|Infinity|undefined/);
  });

  it('shows prompts, stories and names as text', () => {
    const bad = structuredClone(record);
    bad.runs[0]!.prompt = hostile;
    bad.runs[0]!.output = hostile;
    bad.runs[0]!.tokens[7]!.text = hostile;
    bad.model.name = hostile;
    bad.model.tokenizer = hostile;
    bad.board.title = hostile;
    bad.firmware.buildId = hostile;
    bad.meter!.detail = hostile;
    bad.integrity = { complete: false, reasons: [hostile] };
    const shown = renderReport([bad]);
    assert.notInclude(shown, '<script');
    assert.notMatch(shown, /(?![\t\n\r])\p{Cc}/u);
    assert.notMatch(shown.replace(/"[^"]*"/g, ''), /<[^>]*\sonload=/);
    const { opened, closed } = elements(shown);
    assert.deepEqual(opened.filter((name) => name !== 'meta').sort(), closed.sort());
  });

  it('gives an incomplete run no headline and says why', () => {
    const incomplete = {
      ...record,
      integrity: { complete: false, reasons: ['the token pin has 3 edges for 4 tokens'] },
    };
    const text = textOf(renderReport([incomplete]));
    assert.include(text, 'is incomplete and has no headline: the token pin has 3 edges for 4 tokens.');
    assert.notInclude(text, 'Speed of writing');
    assert.notInclude(text, 'Median of the tokens');
  });

  it('stands several records side by side', async () => {
    const text = textOf(renderReport([record, hostRecord(), await emulatedRecord(2, 3)]));
    for (const words of ['3 runs compared', 'stories-1m on stm32f405, 1', 'stories-1m on stm32f405, 3']) {
      assert.include(text, words);
    }
    assert.include(text, 'cut at the largest number of tokens');
  });

  it('renders a run of one token and one without any', async () => {
    const single = renderReport([await emulatedRecord(1, 0)]);
    assert.notMatch(single, /NaN|Infinity|undefined/);
    const none = structuredClone(record);
    none.runs = [{ ...none.runs[0]!, tokens: [], power: null }];
    none.integrity = { complete: false, reasons: ['no token came'] };
    assert.include(renderReport([none]), 'no token came');
  });
});
