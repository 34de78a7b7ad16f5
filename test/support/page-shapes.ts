// Reads the shapes of JSON documents from the tables of docs/commands.md, as zod schemas: what a page says is what is checked.
import { z } from 'zod';

/** One table: its name and, for each field, the type as it is written. */
export interface PageShape {
  readonly name: string;
  readonly fields: Readonly<Record<string, string>>;
}

const cells = (line: string): string[] =>
  line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());

/** The tables whose second column is headed `type`: the first heading names the shape, its rows the fields. */
export function readShapes(page: string): Map<string, PageShape> {
  const shapes = new Map<string, PageShape>();
  for (const table of page.match(/(?:^\|.*\n)+/gm) ?? []) {
    const [heading = '', , ...rows] = table.trimEnd().split('\n');
    const [name = '', type] = cells(heading);
    if (type !== 'type') continue;
    if (shapes.has(name)) throw new Error(`the page has two tables "${name}"`);
    const fields = rows.map((row): [string, string] => {
      const [field = '', written = ''] = cells(row);
      if (!/^`\w+`$/.test(field)) throw new Error(`${name}: ${field} is no name of a field`);
      return [field.slice(1, -1), written];
    });
    shapes.set(name, { name, fields: Object.fromEntries(fields) });
  }
  return shapes;
}

const plain: Readonly<Record<string, () => z.ZodType>> = {
  text: () => z.string(),
  integer: () => z.int(),
  number: () => z.number(),
  boolean: () => z.boolean(),
  null: () => z.null(),
};

/** The alternative of a field that need not be there. */
const absent = 'absent';

/** Names of shapes that a type refers to. */
export function namesIn(type: string): string[] {
  return alternatives(type)
    .map((one) => one.replace(/^((list|map) of )+/, ''))
    .filter((one) => one !== absent && !(one in plain) && !/^(`.*`|hex \d+)$/.test(one));
}

/** The type without its unit, cut at `or`. */
function alternatives(type: string): string[] {
  return type.replace(/ \([^)]*\)/g, '').split(' or ');
}

/** The schema of a shape: an object with these fields, all of them but those that may be absent, and no other. */
export function schemaOf(shapes: ReadonlyMap<string, PageShape>, name: string): z.ZodType {
  const shape = shapes.get(name);
  if (!shape) throw new Error(`the page has no table "${name}"`);
  const fields = Object.entries(shape.fields).map(([field, type]) => [field, typeOf(shapes, type)]);
  return z.strictObject(Object.fromEntries(fields) as Record<string, z.ZodType>);
}

function typeOf(shapes: ReadonlyMap<string, PageShape>, type: string): z.ZodType {
  const all = alternatives(type);
  const types = z.union(all.filter((one) => one !== absent).map((one) => oneType(shapes, one)));
  return all.includes(absent) ? z.optional(types) : types;
}

function oneType(shapes: ReadonlyMap<string, PageShape>, type: string): z.ZodType {
  if (type.startsWith('list of ')) return z.array(oneType(shapes, type.slice('list of '.length)));
  if (type.startsWith('map of ')) return z.record(z.string(), oneType(shapes, type.slice('map of '.length)));
  const [, word] = /^`(.*)`$/.exec(type) ?? [];
  if (word !== undefined) return z.literal(word);
  const [, digits] = /^hex (\d+)$/.exec(type) ?? [];
  if (digits !== undefined) return z.string().regex(new RegExp(`^[0-9a-f]{${digits}}$`));
  return plain[type]?.() ?? z.lazy(() => schemaOf(shapes, type)); // It may hold itself.
}
