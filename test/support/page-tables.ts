// Tables and blocks of the pages in docs/ that are computed from the code: found by their heading, written anew for comparison.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { assert } from 'chai';
import prettier from 'prettier';
import { layoutOf } from '../../host-tools/contracts/c-header.ts';
import type { CField } from '../../host-tools/contracts/c-header.ts';
import { root } from './sources.ts';

/** One change of a page's text. */
export type PageEdit = (text: string) => string;

/** The rows of a table of fields: offset, type and name, note. */
export function fieldRows(fields: readonly CField[]): string {
  const { offsets } = layoutOf(fields);
  return fields
    .map(({ name, type, count, note }) => {
      const of = count === undefined ? '' : ` [${count}]`;
      return `| ${offsets[name]} | ${type}${of} ${name} | ${note} |`;
    })
    .join('\n');
}

/** Puts `rows` into the table whose first two columns are headed so. */
export function table(first: string, second: string, rows: string): PageEdit {
  const pattern = new RegExp(`(\\| ${first} +\\| ${second} +\\|.*\\n\\|[-| ]+\\|\\n)(?:[|A-Z].*\\n)+`);
  return (text) => {
    if (!pattern.test(text)) throw new Error(`the page has no table "${first} | ${second}"`);
    return text.replace(pattern, (_, start: string) => `${start}${rows}\n`);
  };
}

/** Puts what `compute` makes of the lines of a fenced block into every block of that name. */
export function block(name: string, compute: (lines: string[]) => string): PageEdit {
  const pattern = new RegExp(`\`\`\`${name}\n([^\`]*)\`\`\``, 'g');
  return (text) =>
    text.replace(
      pattern,
      (_, lines: string) => `\`\`\`${name}\n${compute(lines.trimEnd().split('\n'))}\n\`\`\``,
    );
}

/** Fails unless a page is what these edits make of it; `npm run golden` writes it. */
export async function assertPage(path: string, edits: readonly PageEdit[]): Promise<void> {
  const file = join(root, path);
  const page = readFileSync(file, 'utf8');
  const text = edits.reduce((before, edit) => edit(before), page);
  const options = await prettier.resolveConfig(file);
  const actual = await prettier.format(text, { ...options, parser: 'markdown' });
  if (process.env['TERNLET_GOLDEN'] === 'write') writeFileSync(file, actual);
  else assert.equal(actual, page, `${path} differs; npm run golden rewrites it for review`);
}
