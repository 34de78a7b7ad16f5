// Collects the text of every refusal from the sources: the message and hint of each error class that a user may meet.
import ts from 'typescript';
import { listFiles, parseSource, visit } from './sources.ts';

export interface Refusal {
  path: string;
  message: string;
  hint: string | undefined;
}

/** A function that makes an error out of its arguments: which of them are message and hint. */
interface Maker {
  message: number;
  hint: number | undefined;
  /** Puts the argument into a sentence; the sentence by itself is listed where it is written. */
  wrap?: (text: string) => string;
}

const paths = listFiles().filter((path) => /^(host-tools|boards)\/.*\.ts$/.test(path));

/** Each refusal of the tools, in the order of files and lines; `{…}` stands for what is filled in. */
export function collectRefusals(): Refusal[] {
  const makers = findMakers();
  return paths.flatMap((path) => {
    const found: Refusal[] = [];
    visit(parseSource(path), (node) => {
      const call = callOf(node);
      const maker = call && lookUp(makers, path, call.name);
      const message = maker && call.args[maker.message];
      if (!message || homeOf(message, node)) return;
      const hint = maker.hint === undefined ? undefined : call.args[maker.hint];
      const text = render(message);
      if (maker.wrap && !(isText(message) && text.includes(' '))) return;
      found.push({ path, message: maker.wrap?.(text) ?? text, hint: hint && render(hint) });
    });
    return found;
  });
}

function callOf(node: ts.Node): { name: string; args: readonly ts.Expression[] } | undefined {
  if (ts.isNewExpression(node)) return { name: node.expression.getText(), args: [...(node.arguments ?? [])] };
  if (!ts.isCallExpression(node)) return undefined;
  if (node.expression.kind === ts.SyntaxKind.SuperKeyword)
    return { name: `super ${classOf(node) ?? ''}`, args: node.arguments };
  return { name: node.expression.getText(), args: [...node.arguments] };
}

/** A maker by the name that it is called by: one of the same file, or one that is exported. */
function lookUp(makers: Map<string, Maker>, path: string, name: string): Maker | undefined {
  const own = name.replace(/^this\./, '');
  return makers.get(`${path} ${own}`) ?? makers.get(own);
}

function classOf(node: ts.Node): string | undefined {
  if (ts.isSourceFile(node)) return undefined;
  return ts.isClassDeclaration(node) ? node.name?.text : classOf(node.parent);
}

/** The error classes, their subclasses, and the functions that pass a parameter on as the message, to any depth. */
function findMakers(): Map<string, Maker> {
  const makers = new Map<string, Maker>([
    ['UserError', { message: 0, hint: 1 }],
    ['DeviceError', { message: 0, hint: 1 }],
    ['super UnknownBoardError', { message: 0, hint: undefined }],
  ]);
  for (let before = 0; before < makers.size;) {
    before = makers.size;
    for (const path of paths) visit(parseSource(path), (node) => learn(path, node, makers));
  }
  return makers;
}

function learn(path: string, node: ts.Node, makers: Map<string, Maker>): void {
  if (ts.isClassDeclaration(node) && node.name) {
    const base = node.heritageClauses?.[0]?.types[0]?.expression.getText() ?? '';
    const maker = makers.get(base);
    if (maker) makers.set(`super ${node.name.text}`, maker);
    if (maker && !node.members.some(ts.isConstructorDeclaration)) makers.set(node.name.text, maker);
    return;
  }
  const call = callOf(node);
  const maker = call && lookUp(makers, path, call.name);
  const message = maker && call.args[maker.message];
  if (!message || maker.wrap) return;
  const hint = maker.hint === undefined ? undefined : call.args[maker.hint];
  const words = ts.isTemplateExpression(message)
    ? message.templateSpans.map((span) => span.expression)
    : [message];
  for (const word of words) {
    const home = homeOf(word, node);
    const key = home && (home.exported ? home.name : `${path} ${home.name}`);
    if (!home || !key || makers.has(key)) continue;
    const hintAt = hint ? home.parameters.indexOf(hint.getText()) : -1;
    const wrap = (text: string): string => render(message).replace(`{${word.getText()}}`, text);
    makers.set(key, {
      message: home.parameters.indexOf(word.getText()),
      hint: hintAt < 0 ? undefined : hintAt,
      ...(word !== message && { wrap }),
    });
  }
}

interface Home {
  name: string;
  parameters: string[];
  exported: boolean;
}

/** The function around `node` that has `argument` as a parameter, where there is one. */
function homeOf(argument: ts.Expression, node: ts.Node): Home | undefined {
  if (!ts.isIdentifier(argument)) return undefined;
  for (let at = node.parent; !ts.isSourceFile(at); at = at.parent) {
    if (!ts.isFunctionLike(at)) continue;
    const parameters = at.parameters.map((parameter) => parameter.name.getText());
    if (!parameters.includes(argument.text)) continue;
    const named = at.name ?? (ts.isVariableDeclaration(at.parent) ? at.parent.name : undefined);
    const name = ts.isConstructorDeclaration(at) ? classOf(at) : named?.getText();
    const exported = ts.isConstructorDeclaration(at) || /^export /.test(at.getText());
    return name === undefined ? undefined : { name, parameters, exported };
  }
  return undefined;
}

/** Whether an expression is words, perhaps with something filled in. */
function isText(node: ts.Expression): boolean {
  if (ts.isBinaryExpression(node)) return isText(node.left) || isText(node.right);
  return ts.isStringLiteralLike(node) || ts.isTemplateExpression(node);
}

/** An expression as the text that it makes, with what is filled in between braces. */
function render(node: ts.Expression): string {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isParenthesizedExpression(node)) return render(node.expression);
  if (ts.isTemplateExpression(node)) {
    return (
      node.head.text + node.templateSpans.map((span) => render(span.expression) + span.literal.text).join('')
    );
  }
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken && isText(node))
    return render(node.left) + render(node.right);
  if (ts.isConditionalExpression(node)) return `{${render(node.whenTrue)} | ${render(node.whenFalse)}}`;
  return `{${node.getText().replace(/\s+/g, ' ')}}`;
}
