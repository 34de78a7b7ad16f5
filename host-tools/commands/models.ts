// `ternlet models`: the models that are shipped, what they take and how well they do, and the boards that they fit.
import { join } from 'node:path';
import { defaultBoard } from '../../boards/board.ts';
import { packageRoot } from '../toolchain/paths.ts';
import type { Verb } from './command.ts';
import { listModels, type ListedModel } from './list-models.ts';

export const models: Verb = {
  name: 'models',
  declare(command) {
    command.option('--json', 'print one JSON document').addHelpText('after', '\nExample:\n  ternlet models');
  },
  async run(_args, options, io) {
    const list = await listModels(join(packageRoot(), 'models-tiny'), io.signal);
    if (options['json']) return io.write(`${JSON.stringify({ models: list })}\n`);
    const lines = [...table(list), '', ...list.flatMap(misfits), ...figureNotes(list)];
    await io.write(`${lines.join('\n')}\n`);
  },
};

type Cell = (model: ListedModel) => string;

const count = (value: number): string => value.toLocaleString('en');
const fitsOf = ({ boards }: ListedModel): string[] =>
  Object.keys(boards).filter((name) => boards[name]!.fits);

/** Heading, cell, and whether it is a number. */
const columns: readonly (readonly [string, Cell, boolean])[] = [
  ['model', ({ name }) => name, false],
  ['parameters', ({ parameters }) => count(parameters), true],
  ['flash bytes', ({ boards }) => count(boards[defaultBoard]!.flash.needed), true],
  ['RAM bytes', ({ boards }) => count(boards[defaultBoard]!.ram.needed), true],
  ['bits per byte', ({ bits_per_byte }) => bits_per_byte?.value.toFixed(4) ?? '-', true],
  ['extensions', ({ extensions }) => extensions.join(', ') || 'none', false],
  ['fits', (model) => fitsOf(model).join(', ') || 'no board', false],
  ['licence', ({ licence }) => licence, false],
  ['writes', (model) => `${model.title}${model.default ? ' (default)' : ''}`, false],
];

/** A line a model below the headings, columns two spaces apart. */
function table(list: readonly ListedModel[]): string[] {
  const rows = [
    columns.map(([heading]) => heading),
    ...list.map((model) => columns.map(([, cell]) => cell(model))),
  ];
  const widths = columns.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const pad = (text: string, column: number): string =>
    columns[column]![2] ? text.padStart(widths[column]!) : text.padEnd(widths[column]!);
  return rows.map((row) => row.map(pad).join('  ').trimEnd());
}

/** Why a model does not fit a board. */
function misfits({ name, boards }: ListedModel): string[] {
  return Object.entries(boards).flatMap(([board, { flash, ram }]) =>
    Object.entries({ flash, RAM: ram })
      .filter(([, { needed, free }]) => needed > free)
      .map(
        ([what, { needed, free }]) =>
          `${name} does not fit ${board}: ${count(needed)} bytes of ${what}, ${count(free)} free`,
      ),
  );
}

/** What the figures were measured on: a line for all models of one text and engine; a job's share of right answers. */
function figureNotes(list: readonly ListedModel[]): string[] {
  const texts = list.flatMap(({ bits_per_byte: figure }) =>
    figure ? [`${figure.engine} engine, ${figure.text}`] : [],
  );
  const jobs = list.flatMap(({ name, accuracy: figure }) =>
    figure
      ? [
          `${name} answers ${(100 * figure.value).toFixed(1)} % right (${figure.engine} engine, ${figure.text})`,
        ]
      : [],
  );
  return [
    `flash and RAM: as compiled for ${defaultBoard}`,
    ...[...new Set(texts)].map((text) => `bits per byte: ${text}`),
    ...jobs,
  ];
}
