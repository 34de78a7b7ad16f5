// A figure as HTML: never without its tag.
import { partsOf } from './figure.ts';
import type { Figure } from './figure.ts';
import { html, raw } from './markup.ts';
import type { Markup } from './markup.ts';

export const none = raw('<span class="unit">–</span>');

export function show(figure: Figure | undefined, tag: 'whole' | 'short' = 'whole'): Markup {
  if (figure === undefined) return none;
  const { number, unit: wholeUnit, evidence } = partsOf(figure);
  // In a row that is a token "/token" goes without saying, and the column's name says what is counted.
  const unit =
    tag === 'whole' ? wholeUnit : wholeUnit.replace(/\/token$/, '').replace(/^(instructions|cycles)$/, '');
  const word = tag === 'whole' ? evidence : evidence.slice(0, 3);
  return html`<span class="figure" title="${tag === 'whole' ? `${evidence}: ${figure.source}` : evidence}"
    ><span class="number">${number}</span> <span class="unit">${unit}</span>
    <span class="tag ${evidence}">${word}</span></span
  >`;
}
