// Tokens that shared a step: two tokens of a prompt may be read at once, and what the step took is halved between them.
import type { TokenWindow } from './align.ts';

interface Shared {
  /** How many tokens its step read; 1 where it is left out. */
  shared?: 1 | 2 | undefined;
}

/** The tokens of each step, in order. A token that says that it shares its step and has no neighbour that does stands alone. */
export function stepsOf<Token extends Shared>(tokens: readonly Token[]): Token[][] {
  const steps: Token[][] = [];
  for (let i = 0; i < tokens.length; i += steps.at(-1)!.length) {
    const isPair = tokens[i]!.shared === 2 && tokens[i + 1]?.shared === 2;
    steps.push(tokens.slice(i, i + (isPair ? 2 : 1)));
  }
  return steps;
}

/** The place of the first token that shares its step with none that is there; -1 where there is no such. */
export function halfPair(tokens: readonly Shared[]): number {
  const steps = stepsOf(tokens);
  const step = steps.findIndex((members) => members.length === 1 && members[0]!.shared === 2);
  return step < 0 ? -1 : steps.slice(0, step).reduce((n, members) => n + members.length, 0);
}

/** Equal parts of a window, one behind the other. */
export function cutWindow({ startUs, endUs }: TokenWindow, n: number): TokenWindow[] {
  const at = (i: number): number => (i === n ? endUs : startUs + ((endUs - startUs) * i) / n);
  return Array.from({ length: n }, (_, i) => ({ startUs: at(i), endUs: at(i + 1) }));
}
