// The report of one or several records as one HTML page that needs nothing else; a pure function of the records.
import { chartCaption, powerChart, tokenChart } from './chart.ts';
import { partsOf } from './figure.ts';
import type { Figure } from './figure.ts';
import { none, show } from './figure-markup.ts';
import { profileSection } from './profile-section.ts';
import { html, raw } from './markup.ts';
import type { Content, Markup } from './markup.ts';
import type { RunFile, RunRecord } from './record.ts';
import { definitions, integrityOf, provenance, sourcesOf } from './explain.ts';
import { style } from './style.ts';
import { summarize } from './summarize.ts';
import type { PhaseSummary, Statistic, Summary, TokenSummary } from './summarize.ts';

/** A record with its name in this report and what is said about it. */
interface Entry {
  name: string;
  record: RunFile;
  summary: Summary;
}

/** A median, and under it the interval of the tokens where that is something else. */
function spread(statistic: Statistic | undefined): Markup {
  if (statistic === undefined) return none;
  const { median, interval } = statistic;
  const [a, b] = [partsOf(median), partsOf(interval)];
  const within =
    a.number === b.number && a.unit === b.unit
      ? ''
      : html`<span class="spread">tokens 5–95 %: ${show(interval)}</span>`;
  return html`${show(median)}${within}`;
}

function hero({ decode, joulesPerCharacter }: Summary): Content {
  if (decode === undefined) return undefined;
  const cells: [string, Figure | undefined][] = [
    ['Speed of writing', decode.tokensPerSecond.median],
    ['Energy of a token', decode.joules?.median],
    ['Energy of a character', joulesPerCharacter],
    decode.watts ? ['Power while running', decode.watts.median] : ['Time of a token', decode.seconds.median],
  ];
  const present = cells.filter(([, figure]) => figure !== undefined);
  return html`<dl class="hero">
    ${present.map(
      ([name, figure]) =>
        html`<div>
          <dt>${name}</dt>
          <dd>${show(figure)}</dd>
        </div>`,
    )}
  </dl>`;
}

type Row = [name: string, cell: (summary: Summary) => Markup];

function phaseRows(of: (summary: Summary) => PhaseSummary | undefined): Row[] {
  return [
    ['Tokens', (summary) => html`${of(summary)?.nTokens ?? none}`],
    ['Tokens in pairs, each with half of a step', (summary) => html`${of(summary)?.nShared || none}`],
    ['Speed', (summary) => spread(of(summary)?.tokensPerSecond)],
    ['Time', (summary) => spread(of(summary)?.seconds)],
    ['Energy, gross', (summary) => spread(of(summary)?.joules)],
    ['Energy, idle subtracted', (summary) => spread(of(summary)?.netJoules)],
    ['Power', (summary) => spread(of(summary)?.watts)],
    ['Instructions', (summary) => spread(of(summary)?.instructions)],
    ['Cycles', (summary) => spread(of(summary)?.cycles)],
  ];
}

/** The headline table: a column a record, so that several stand side by side. */
function headlines(entries: readonly Entry[]): Markup {
  const groups: [string, Row[]][] = [
    ['Writing (decode)', phaseRows(({ decode }) => decode)],
    ['Reading the prompt (prefill)', phaseRows(({ prefill }) => prefill)],
    [
      'All of it',
      [
        ['Energy of a written character', ({ joulesPerCharacter }) => show(joulesPerCharacter)],
        ['Time', ({ totalSeconds }) => show(totalSeconds)],
        ['Energy', ({ totalJoules }) => show(totalJoules)],
        ['Power asleep', ({ idleWatts }) => show(idleWatts)],
      ],
    ],
  ];
  const body = groups.map(([title, rows]) => {
    const lines = rows.map(([name, cell]) => {
      const cells = entries.map(({ summary }) => cell(summary));
      if (cells.every(({ html: text }) => text === none.html)) return '';
      return html`<tr>
        <th scope="row">${name}</th>
        ${cells.map((content) => html`<td>${content}</td>`)}
      </tr>`;
    });
    return html`<tr class="group">
        <th scope="rowgroup" colspan="${entries.length + 1}">${title}</th>
      </tr>
      ${lines}`;
  });
  const columns = entries.map(({ name }) => html`<th scope="col">${name}</th>`);
  return html`<h2>${entries.length === 1 ? 'In figures' : 'Side by side'}</h2>
    <div class="wide">
      <table class="headlines">
        <thead>
          <tr>
            <th scope="col">Median of the tokens</th>
            ${columns}
          </tr>
        </thead>
        <tbody>
          ${body}
        </tbody>
      </table>
    </div>`;
}

function tokenTable(tokens: readonly TokenSummary[]): Markup {
  const columns: [string, (token: TokenSummary) => Content][] = [
    ['', ({ token }) => token.index],
    ['In', ({ token }) => token.id],
    ['Out', ({ token }) => token.output ?? ''],
    ['Text', ({ token }) => html`<span class="text">${JSON.stringify(token.text).slice(1, -1)}</span>`],
    ['Instructions', ({ instructions }) => show(instructions, 'short')],
    ['Cycles', ({ cycles }) => show(cycles, 'short')],
    ['Time', ({ seconds }) => show(seconds, 'short')],
    ['Power', ({ watts }) => show(watts, 'short')],
    ['Energy', ({ joules }) => show(joules, 'short')],
    ['Energy, idle subtracted', ({ netJoules }) => show(netJoules, 'short')],
  ];
  const used = columns.filter(
    ([name, cell], i) =>
      i < 4 || tokens.some((token) => (cell(token) as Markup).html !== none.html || name === ''),
  );
  return html`<div class="wide">
    <table class="tokens">
      <thead>
        <tr>
          ${used.map(([name]) => html`<th scope="col">${name}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${tokens.map(
          (token) =>
            html`<tr class="${token.token.phase}">
              ${used.map(([, cell]) => html`<td>${cell(token)}</td>`)}
            </tr> `,
        )}
      </tbody>
    </table>
  </div>`;
}

const endings: Record<RunRecord['ended'], string | undefined> = {
  end: undefined,
  max_tokens: 'The story was cut at the largest number of tokens that was asked for.',
  stopped: 'The story was stopped.',
};

function runSection(run: RunRecord, tokens: readonly TokenSummary[]): Markup {
  const ending = endings[run.ended];
  const powered = run.power !== null && tokens.length === run.tokens.length;
  const chart = powered ? powerChart(tokens, run.power!) : tokenChart(tokens);
  return html`<p class="story"><span class="prompt">${run.prompt}</span>${run.output}</p>
    ${ending === undefined ? '' : html`<p class="notice cut">${ending}</p>`}
    ${
      tokens.length === 0
        ? ''
        : html`<figure>
              <div class="wide">${chart}</div>
              <figcaption>${chartCaption(tokens, powered)}</figcaption>
            </figure>
            <details>
              <summary>Every token</summary>
              ${tokenTable(tokens)}
            </details>`
    }`;
}

function entrySection({ name, record, summary }: Entry, alone: boolean): Markup {
  const runs = record.runs.map((run, i) =>
    runSection(
      run,
      summary.tokens.filter((token) => token.run === i),
    ),
  );
  return html`<section>
    <h2>${alone ? 'What it wrote' : name}</h2>
    ${runs}
    ${profileSection(alone ? 'Where the cycles went' : `Where the cycles went: ${name}`, summary.profile)}
    <h2>${alone ? 'What ran' : html`What ran: ${name}`}</h2>
    ${provenance(record)}
    <h3>Integrity</h3>
    ${integrityOf(record)}
  </section>`;
}

function notices(entries: readonly Entry[]): Content {
  return entries
    .filter(({ summary }) => !summary.complete)
    .map(
      ({ name, summary }) =>
        html`<p class="notice">
          <strong>${name} is incomplete</strong> and has no headline: ${summary.reasons.join('; ')}.
        </p>`,
    );
}

/** Names that tell the records apart: model and board, and a number where that is not enough. */
function namesOf(records: readonly RunFile[]): string[] {
  const plain = records.map(({ model, board }) => `${model.name} on ${board.name}`);
  return plain.map((name, i) =>
    plain.indexOf(name) === plain.lastIndexOf(name) ? name : `${name}, ${i + 1}`,
  );
}

/** A whole page for the records, which are valid. */
export function renderReport(records: readonly RunFile[]): string {
  const names = namesOf(records);
  const entries = records.map((record, i) => ({ name: names[i]!, record, summary: summarize(record) }));
  const [first] = entries;
  if (first === undefined) throw new Error('A report needs a record.');
  const alone = entries.length === 1;
  const title = alone ? first.name : `${entries.length} runs compared`;
  const { board, taken, tool } = first.record;
  const subtitle = alone
    ? `${board.emulated ? `Emulated: ${board.title}` : board.title}. Taken ${taken.slice(0, 16).replace('T', ' ')} UTC by ${tool.name} ${tool.version}.`
    : names.join('; ');
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'" />
        <title>${title} – Ternlet</title>
        <style>
          ${raw(style)}
        </style>
      </head>
      <body>
        <main>
          <header>
            <p class="brand">Ternlet</p>
            <h1>${title}</h1>
            <p>${subtitle}</p>
          </header>
          ${notices(entries)}${alone ? hero(first.summary) : ''}
          ${entries.some(({ summary }) => summary.complete) ? headlines(entries) : ''}
          ${entries.map((entry) => entrySection(entry, alone))}
          <h2>What the words mean</h2>
          ${definitions}
          <h2>Where the figures come from</h2>
          ${sourcesOf(entries)}
        </main>
      </body>
    </html> `;
  return `${page.html.trimEnd()}\n`;
}
