// The headline figures of a record as text for a terminal; each with its tag.
import { formatFigure } from './figure.ts';
import type { Figure } from './figure.ts';
import type { RunFile } from './record.ts';
import type { PhaseSummary, Summary } from './summarize.ts';

type Row = readonly [name: string, prefill: string, decode: string];

function cells(
  name: string,
  of: (phase: PhaseSummary) => Figure | undefined,
  { prefill, decode }: Summary,
): Row {
  const cell = (phase: PhaseSummary | undefined): string => {
    const figure = phase && of(phase);
    return figure ? formatFigure(figure) : '-';
  };
  return [name, cell(prefill), cell(decode)];
}

/** Columns of equal width, two spaces apart; a row of dashes is left out. */
function aligned(rows: readonly Row[]): string[] {
  const shown = rows.filter(([, ...values]) => values.some((value) => value !== '-'));
  const widths = [0, 1, 2].map((column) => Math.max(0, ...shown.map((row) => row[column]!.length)));
  return shown.map((row) =>
    row
      .map((text, column) => text.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  );
}

/** Why there are no joules, where there are none. */
function absence(record: RunFile, { decode, prefill }: Summary): string[] {
  if ((decode ?? prefill)?.joules !== undefined || record.meter !== null) return [];
  return [`no joules: ${record.board.name} has no meter`];
}

/** Lines without a newline at the end of the last. */
export function renderTable(record: RunFile, summary: Summary): string {
  const { board, model } = record;
  const title = `${model.name} on ${board.name}${board.emulated ? ' (emulated)' : ''}`;
  if (!summary.complete) return `${title}: incomplete, no headline: ${summary.reasons.join('; ')}`;
  const { prefill, decode, joulesPerCharacter } = summary;
  const rows: Row[] = [
    [
      '',
      prefill ? `reading ${prefill.nTokens} tokens` : '-',
      decode ? `writing ${decode.nTokens} tokens` : '-',
    ],
    cells('speed', (phase) => phase.tokensPerSecond.median, summary),
    cells('power', (phase) => phase.watts?.median, summary),
    cells('energy', (phase) => phase.joules?.median, summary),
    cells('  idle subtracted', (phase) => phase.netJoules?.median, summary),
    ['  a character', '-', joulesPerCharacter ? formatFigure(joulesPerCharacter) : '-'],
    cells('instructions', (phase) => phase.instructions?.median, summary),
  ];
  return [title, ...aligned(rows), ...absence(record, summary)].join('\n');
}
