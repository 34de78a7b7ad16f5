// JSON as RFC 8259 has it, and no name twice in one object: JSON.parse would silently keep the last.
import { UserError } from '../contracts/errors.ts';

/** Parses `text`; throws a UserError that says `what` is no JSON or which name it holds twice. */
export function parseJsonStrictly(text: string, what: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UserError(`${what} is no valid JSON: ${(error as Error).message}`);
  }
  const twice = findDuplicateName(text);
  if (twice !== undefined) throw new UserError(`${what} holds the name ${JSON.stringify(twice)} twice`);
  return value;
}

/** The first name that one object of valid JSON holds twice. */
function findDuplicateName(text: string): string | undefined {
  const open: Set<string>[] = []; // One set a bracket; those of arrays stay empty.
  const piece = /"(?:[^"\\]|\\.)*"(\s*:)?|[{}[\]]/gs;
  for (const match of text.matchAll(piece)) {
    const token = match[0];
    if (token === '{' || token === '[') open.push(new Set());
    else if (token === '}' || token === ']') open.pop();
    else if (match[1] !== undefined) {
      const name = JSON.parse(token.slice(0, token.length - match[1].length)) as string;
      const names = open.at(-1)!;
      if (names.has(name)) return name;
      names.add(name);
    }
  }
  return undefined;
}
