// The headline figures of a record as text for a terminal; each with its tag.
import { formatFigure, partsOf } from './figure.ts';
import type { Figure } from './figure.ts';
import type { ProfilePart, ProfileSummary } from './profile.ts';
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

function nTokens(verb: string, phase: PhaseSummary | undefined): string {
  if (phase === undefined) return '-';
  const pairs = phase.nShared === 0 ? '' : `, ${phase.nShared} in pairs`;
  return `${verb} ${phase.nTokens} tokens${pairs}`;
}

/** Cycles and their share, which have one source and so one tag. */
function partCell(part: ProfilePart | undefined): string {
  if (part === undefined) return '-';
  const [cycles, share] = [partsOf(part.cycles), partsOf(part.share)];
  return `${cycles.number} ${cycles.unit} (${share.number} ${share.unit}) ${cycles.evidence}`;
}

/** Where the cycles went: a line an operator, then the products and the rest as a whole. */
function profileLines({ prefill, decode }: ProfileSummary): string[] {
  const parts = [...(decode?.operators ?? []), ...(prefill?.operators ?? [])];
  const named = parts.filter(({ name }, i) => parts.findIndex((other) => other.name === name) === i);
  const row = (title: string, of: (part: ProfilePart) => boolean): Row => {
    const cell = (phase: typeof decode): string =>
      partCell([...(phase?.operators ?? []), ...(phase ? [phase.product, phase.rest] : [])].find(of));
    return [title, cell(prefill), cell(decode)];
  };
  const heading = (verb: string, phase: typeof decode): string =>
    phase ? `${verb} ${phase.nTokens} tokens, mean` : '-';
  return aligned([
    ['where the cycles went', heading('reading', prefill), heading('writing', decode)],
    ...named.map(({ name, title }) => row(`  ${title}`, (part) => part.name === name)),
    row('ternary products', (part) => part === decode?.product || part === prefill?.product),
    row('everything else', (part) => part === decode?.rest || part === prefill?.rest),
  ]);
}

/** Lines without a newline at the end of the last. */
export function renderTable(record: RunFile, summary: Summary): string {
  const { board, model } = record;
  const title = `${model.name} on ${board.name}${board.emulated ? ' (emulated)' : ''}`;
  if (!summary.complete) return `${title}: incomplete, no headline: ${summary.reasons.join('; ')}`;
  const { prefill, decode, joulesPerCharacter } = summary;
  const rows: Row[] = [
    ['', nTokens('reading', prefill), nTokens('writing', decode)],
    cells('speed', (phase) => phase.tokensPerSecond.median, summary),
    cells('power', (phase) => phase.watts?.median, summary),
    cells('energy', (phase) => phase.joules?.median, summary),
    cells('  idle subtracted', (phase) => phase.netJoules?.median, summary),
    ['  a character', '-', joulesPerCharacter ? formatFigure(joulesPerCharacter) : '-'],
    cells('instructions', (phase) => phase.instructions?.median, summary),
  ];
  const profile = summary.profile ? ['', ...profileLines(summary.profile)] : [];
  return [title, ...aligned(rows), ...absence(record, summary), ...profile].join('\n');
}
