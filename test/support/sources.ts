// The repository as the tidy test sees it: its files, and the syntax of its TypeScript.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, extname, join, posix } from 'node:path';
import ts from 'typescript';

export const root = join(import.meta.dirname, '..', '..');

const notOurs = new Set(['node_modules', 'dist', 'build', 'coverage', '.git', '.whl', '.gl', 'shared']);

/** Paths of all files of the repository, sorted, relative to its root. */
export function listFiles(folder = ''): string[] {
  const entries = readdirSync(join(root, folder), { withFileTypes: true });
  const paths = entries
    .filter((entry) => !notOurs.has(entry.name))
    .flatMap((entry) => {
      const path = posix.join(folder, entry.name);
      return entry.isDirectory() ? listFiles(path) : [path];
    });
  return paths.sort();
}

const texts = new Map<string, string>();

export function readSource(path: string): string {
  let text = texts.get(path);
  if (text === undefined) texts.set(path, (text = readFileSync(join(root, path), 'utf8')));
  return text;
}

const trees = new Map<string, ts.SourceFile>();

export function parseSource(path: string): ts.SourceFile {
  let tree = trees.get(path);
  if (!tree)
    trees.set(path, (tree = ts.createSourceFile(path, readSource(path), ts.ScriptTarget.ES2023, true)));
  return tree;
}

/** Calls back for every node of a tree, outermost first. */
export function visit(node: ts.Node, seen: (node: ts.Node) => void): void {
  seen(node);
  ts.forEachChild(node, (child) => visit(child, seen));
}

export interface Import {
  /** A package, a node: module, or the path of a file of the repository. */
  to: string;
  typeOnly: boolean;
}

/** What a TypeScript or JavaScript file imports, statically or not, by literal names. */
export function importsOf(path: string): Import[] {
  const found: Import[] = [];
  const add = (specifier: ts.Node | undefined, typeOnly: boolean): void => {
    if (!specifier || !ts.isStringLiteralLike(specifier)) return;
    const { text } = specifier;
    found.push({ to: text.startsWith('.') ? posix.join(dirname(path), text) : text, typeOnly });
  };
  visit(parseSource(path), (node) => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, isTypeOnly(node.importClause));
    else if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, node.isTypeOnly);
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument))
      add(node.argument.literal, true);
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
      add(node.arguments[0], false);
  });
  return found;
}

function isTypeOnly(clause: ts.ImportClause | undefined): boolean {
  if (!clause) return false;
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  const bindings = clause.namedBindings;
  if (clause.name || !bindings || !ts.isNamedImports(bindings)) return false;
  return bindings.elements.length > 0 && bindings.elements.every((element) => element.isTypeOnly);
}

export interface Span {
  name: string;
  lines: number;
}

/**
 * Functions of a file with their length in lines. A function that is written inside another counts for itself, so that
 * one which makes an object of closures is as long as a class would be; the callbacks of `describe` are chapters.
 */
export function functionsOf(path: string): Span[] {
  return ['.c', '.h'].includes(extname(path)) ? cFunctions(readSource(path)) : tsFunctions(parseSource(path));
}

function tsFunctions(tree: ts.SourceFile): Span[] {
  const spans: Span[] = [];
  const line = (position: number): number => tree.getLineAndCharacterOfPosition(position).line;
  /** Adds the functions in `node`; the lines that they take from what is around them. */
  const collect = (node: ts.Node): number => {
    let inner = 0;
    ts.forEachChild(node, (child) => {
      inner += collect(child);
    });
    if (!ts.isFunctionLike(node) || !('body' in node) || !node.body) return inner;
    const name = node.name?.getText(tree) ?? `(at line ${line(node.getStart(tree)) + 1})`;
    const lines = line(node.end) - line(node.getStart(tree)) + 1;
    if (!isChapter(node)) spans.push({ name, lines: lines - inner });
    return lines - 1; // the line on which it starts is shared
  };
  collect(tree);
  return spans;
}

function isChapter(node: ts.Node): boolean {
  return ts.isCallExpression(node.parent) && /^(describe|suite)\b/.test(node.parent.expression.getText());
}

/** A function starts on a line at the margin that opens a brace after a parenthesis, and ends with a brace at the margin. */
function cFunctions(text: string): Span[] {
  const spans: Span[] = [];
  let open: { name: string; from: number } | undefined;
  text.split('\n').forEach((line, i) => {
    const name = /^[a-z_].*?\b(\w+)\(.*\{$/i.exec(line)?.[1];
    if (!open && name) open = { name, from: i };
    else if (open && line.startsWith('}')) {
      spans.push({ name: open.name, lines: i - open.from + 1 });
      open = undefined;
    }
  });
  return spans;
}
