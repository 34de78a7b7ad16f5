// The part of a report that shows where the cycles of a token went: a bar, the cycles and their share for each operator.
import { rangeOf } from './figure.ts';
import { none, show } from './figure-markup.ts';
import { html } from './markup.ts';
import type { Content, Markup } from './markup.ts';
import { operators, otherOperator } from './operators.ts';
import type { PhaseProfile, ProfilePart, ProfileSummary } from './profile.ts';

type Phase = 'decode' | 'prefill';

/** The share as a bar with a lighter part from its low to its high end; the numbers stand beside it. */
function bar({ share }: ProfilePart, phase: Phase): Markup {
  const { low, high } = rangeOf(share.value);
  const rect = (names: string, from: number, to: number): Markup =>
    html`<rect
      class="${names}"
      x="${from.toFixed(2)}"
      width="${(to - from).toFixed(2)}"
      y="0"
      height="10"
    />`;
  return html`<svg class="share" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
    <g class="${phase}">${rect('bar', 0, low)}${low < high ? rect('bar range', low, high) : ''}</g>
  </svg>`;
}

function cells(part: ProfilePart | undefined, phase: Phase): Markup {
  if (part === undefined) return html`<td colspan="3">${none}</td>`;
  return html`<td class="share">${bar(part, phase)}</td>
    <td>${show(part.share, 'short')}</td>
    <td>${show(part.cycles, 'short')}</td>`;
}

const known = [...operators, otherOperator];

/** Rows of all operators that one of the phases names, then of the products and of the rest as a whole. */
function rows(phases: readonly (readonly [Phase, PhaseProfile])[]): Content {
  const strange = phases.flatMap(([, { operators: parts }]) =>
    parts.filter(({ name }) => known.every((operator) => operator.name !== name)),
  );
  const named = [...known, ...strange].filter(
    ({ name }, i, all) =>
      all.findIndex((other) => other.name === name) === i &&
      phases.some(([, { operators: parts }]) => parts.some((part) => part.name === name)),
  );
  const row = (title: string, of: (phase: PhaseProfile) => ProfilePart | undefined, whole = false): Markup =>
    html`<tr class="${whole ? 'whole' : 'part'}">
      <th scope="row">${title}</th>
      ${phases.map(([name, phase]) => cells(of(phase), name))}
    </tr>`;
  return [
    ...named.map(({ name, title }) =>
      row(title, (phase) => phase.operators.find((part) => part.name === name)),
    ),
    row('ternary products', ({ product }) => product, true),
    row('everything else', ({ rest }) => rest, true),
  ];
}

/** Nothing where no profile was taken. */
export function profileSection(title: string, profile: ProfileSummary | undefined): Content {
  const phases = (['decode', 'prefill'] as const).flatMap((name): [Phase, PhaseProfile][] => {
    const phase = profile?.[name];
    return phase === undefined ? [] : [[name, phase]];
  });
  if (phases.length === 0) return undefined;
  const heading = { decode: 'Writing', prefill: 'Reading the prompt' };
  return html`<h2>${title}</h2>
    <div class="wide">
      <table class="profile">
        <thead>
          <tr>
            <th></th>
            ${phases.map(
              ([name, { nTokens }]) =>
                html`<th scope="colgroup" colspan="3">${heading[name]}, ${nTokens} tokens</th>`,
            )}
          </tr>
          <tr>
            <th scope="col">Mean of the tokens</th>
            ${phases.map(
              () =>
                html`<th scope="col" colspan="2">Share</th>
                  <th scope="col">Cycles</th>`,
            )}
          </tr>
        </thead>
        <tbody>
          ${rows(phases)}
        </tbody>
      </table>
    </div>
    <p class="note">
      Ternary products are look-ups, tables, their driver and the scales of rows. Functions that an operator
      shares with others count as scalars and control.
    </p>`;
}
