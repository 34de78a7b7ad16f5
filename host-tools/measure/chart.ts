// Pictures of a run as SVG: power over time with the tokens marked, and the energy or time of each token.
import { formatFigure, middleOf, partsOf, rangeOf } from './figure.ts';
import type { Figure, Range } from './figure.ts';
import { html } from './markup.ts';
import type { Content, Markup } from './markup.ts';
import type { PowerRecord } from './record.ts';
import type { TokenSummary } from './summarize.ts';

const width = 1000;
const left = 64;
const right = 12;

/** A linear scale from values to pixels. */
type Axis = (value: number) => number;

function axis(from: Range, to: Range): Axis {
  const span = from.high - from.low || 1;
  return (value) => to.low + ((value - from.low) / span) * (to.high - to.low);
}

/** Round steps of 1, 2 or 5 that divide 0 … high into about n parts. */
export function ticks(high: number, n: number): number[] {
  if (!(high > 0)) return [0];
  const rough = high / n;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough * 0.999) ?? 10);
  return Array.from({ length: Math.floor(high / step + 1e-9) + 1 }, (_, i) => i * step);
}

/** Pixels, short. */
function px(value: number): string {
  return String(Math.round(value * 100) / 100);
}

function label(value: number): string {
  return String(Number(value.toPrecision(6)));
}

/** One lane of a chart with its grid: what stands at `bottom` is 0. */
function lane(y: Axis, values: readonly number[], factor: number, unit: string): Markup {
  return html`${values.map(
      (value) =>
        html`<line
            class="grid"
            x1="${left}"
            x2="${width - right}"
            y1="${px(y(value))}"
            y2="${px(y(value))}"
          /><text class="tick" text-anchor="end" x="${left - 8}" y="${px(y(value) + 4)}"
            >${label(value / factor)}</text
          >`,
    )}<text class="tick unit" text-anchor="end" x="${left - 8}" y="${px(y(values.at(-1)!) - 10)}"
      >${unit}</text
    >`;
}

/** The unit prefix that suits an axis: 1e-3 and "m" for values below one. */
function prefixed(high: number): [number, string] {
  if (high >= 1 || high <= 0) return [1, ''];
  if (high >= 1e-3) return [1e-3, 'm'];
  return high >= 1e-6 ? [1e-6, 'µ'] : [1e-9, 'n'];
}

function timeAxis(x: Axis, spanUs: number, y: number): Markup {
  const [unitUs, unit] = spanUs >= 2e6 ? [1e6, 's'] : spanUs >= 2000 ? [1000, 'ms'] : [1, 'µs'];
  const values = ticks(spanUs, 8);
  return html`${values.map(
    (value) =>
      html`<line class="tickmark" x1="${px(x(value))}" x2="${px(x(value))}" y1="${y}" y2="${y + 5}" /><text
          class="tick"
          text-anchor="middle"
          x="${px(x(value))}"
          y="${y + 20}"
          >${label(value / unitUs)}${value === values.at(-1) ? ` ${unit}` : ''}</text
        >`,
  )}`;
}

/** What a token says when the pointer rests on it. */
function legend({ token, joules, seconds }: TokenSummary): string {
  const cost = [seconds, joules].filter((value) => value !== undefined).map(formatFigure);
  return `token ${token.index}, ${token.phase}: ${JSON.stringify(token.text)}; ${cost.join('; ')}`;
}

/** The samples as a band between their low and high ends; values hold until the next sample. */
function band(curve: PowerRecord['curve'], x: Axis, y: Axis, startUs: number): Markup {
  const wattsOf = (i: number): Range => {
    const { volts, amps } = curve[i]!;
    const { low, high } = rangeOf(amps);
    return { low: low * volts, high: high * volts };
  };
  const step = (i: number, end: 'low' | 'high'): string[] => {
    const at = px(x(curve[i]!.timeUs - startUs));
    const until = px(x((curve[i + 1] ?? curve[i]!).timeUs - startUs));
    const height = px(y(wattsOf(i)[end]));
    return [`${at},${height}`, `${until},${height}`];
  };
  const indices = curve.map((_, i) => i);
  const top = indices.flatMap((i) => step(i, 'high'));
  const bottom = indices.flatMap((i) => step(i, 'low')).reverse();
  return html`<polygon class="band" points="${[...top, ...bottom].join(' ')}" /><polyline
      class="edge"
      points="${top.join(' ')}"
    /><polyline class="edge" points="${bottom.join(' ')}" />`;
}

/** Bars with a whisker from the low to the high end of each figure. */
function bars(
  tokens: readonly TokenSummary[],
  spans: readonly Range[],
  figures: readonly Figure[],
  y: Axis,
): Markup {
  return html`${tokens.map((token, i) => {
    const { low, high } = rangeOf(figures[i]!.value);
    const { low: x1, high: x2 } = spans[i]!;
    const gap = Math.min(1, (x2 - x1) / 4);
    const box = (from: number, to: number): Content =>
      html`x="${px(x1 + gap)}" width="${px(Math.max(0.5, x2 - x1 - 2 * gap))}" y="${px(y(to))}"
      height="${px(y(from) - y(to))}"`;
    return html`<g class="${token.token.phase}">
      <title>${legend(token)}</title>
      <rect
        class="bar"
        ${box(0, low)}
      />${low < high ? html`<rect class="bar range" ${box(low, high)} />` : ''}
    </g>`;
  })}`;
}

/** Shades the stretch of each phase and names it. */
function phases(tokens: readonly TokenSummary[], spans: readonly Range[], y: Range): Markup {
  return html`${(['prefill', 'decode'] as const).map((phase) => {
    const places = tokens.flatMap(({ token }, i) => (token.phase === phase ? [spans[i]!] : []));
    if (places.length === 0) return '';
    const [x1, x2] = [places[0]!.low, places.at(-1)!.high];
    const name = phase === 'prefill' ? 'reading' : 'writing';
    return html`<rect
        class="phase ${phase}"
        x="${px(x1)}"
        width="${px(x2 - x1)}"
        y="${y.low}"
        height="${y.high - y.low}"
      />
      ${x2 - x1 > 46 ? html`<text class="phase-name" x="${px(x1 + 5)}" y="${y.low + 14}">${name}</text>` : ''}`;
  })}`;
}

/** What each bar stands for: energy where there is a meter, time where there is none. */
function barFigures(tokens: readonly TokenSummary[]): { figures: Figure[]; name: string; unit: string } {
  const joules = tokens.map((token) => token.joules).filter((value) => value !== undefined);
  if (joules.length === tokens.length) return { figures: joules, name: 'Energy', unit: 'J' };
  return { figures: tokens.map(({ seconds }) => seconds), name: 'Time', unit: 's' };
}

function highest(figures: readonly Figure[]): number {
  return Math.max(0, ...figures.map(({ value }) => rangeOf(value).high));
}

function picture(height: number, caption: string, content: Content): Markup {
  return html`<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${caption}">${content}</svg>`;
}

/** Power over time above, the energy of each token below, on one axis of time. */
export function powerChart(tokens: readonly TokenSummary[], power: PowerRecord): Markup {
  const startUs = power.curve[0]?.timeUs ?? 0;
  const spanUs = (power.curve.at(-1)?.timeUs ?? startUs) - startUs;
  const x = axis({ low: 0, high: spanUs }, { low: left, high: width - right });
  const topWatts = Math.max(
    ...power.curve.map(({ volts, amps }) => volts * rangeOf(amps).high),
    power.idleWatts.high,
  );
  const watts = axis({ low: 0, high: topWatts * 1.25 }, { low: 200, high: 16 });
  const [wattFactor, wattPrefix] = prefixed(topWatts);
  const { figures } = barFigures(tokens);
  const joules = axis({ low: 0, high: highest(figures) * 1.1 }, { low: 330, high: 240 });
  const [jouleFactor, joulePrefix] = prefixed(highest(figures));
  const spans = power.windows.map((window) => ({
    low: x(window.startUs - startUs),
    high: x(window.endUs - startUs),
  }));
  const idle = px(watts((power.idleWatts.low + power.idleWatts.high) / 2));
  const marks = spans.map(
    ({ high }) => html`<line class="mark" x1="${px(high)}" x2="${px(high)}" y1="200" y2="206" />`,
  );
  return picture(
    362,
    'Power over time, and the energy of each token',
    html`${phases(tokens, spans, { low: 16, high: 330 })}${lane(watts, ticks(topWatts * 1.2, 4), wattFactor, `${wattPrefix}W`)}
      <line class="idle" x1="${left}" x2="${width - right}" y1="${idle}" y2="${idle}" />
      <text class="idle-name" text-anchor="end" x="${width - right - 30}" y="${Number(idle) - 6}"
        >asleep</text
      >
      ${band(power.curve, x, watts, startUs)}${marks}
      ${lane(joules, ticks(highest(figures) * 1.05, 2), jouleFactor, `${joulePrefix}J/token`)}
      ${bars(tokens, spans, figures, joules)}${timeAxis(x, spanUs, 330)}`,
  );
}

/** The time of each token, side by side: for runs without a meter. */
export function tokenChart(tokens: readonly TokenSummary[]): Markup {
  const { figures, name, unit } = barFigures(tokens);
  const top = highest(figures);
  const y = axis({ low: 0, high: top * 1.1 }, { low: 180, high: 24 });
  const [factor, prefix] = prefixed(top);
  const step = (width - left - right) / Math.max(1, tokens.length);
  const spans = tokens.map((_, i) => ({ low: left + i * step, high: left + (i + 1) * step }));
  return picture(
    200,
    `${name} of each token`,
    html`${phases(tokens, spans, { low: 8, high: 180 })}${lane(y, ticks(top * 1.05, 3), factor, `${prefix}${unit}/token`)}
    ${bars(tokens, spans, figures, y)}`,
  );
}

/** The evidence that a chart of these tokens carries, for its caption. */
export function chartCaption(tokens: readonly TokenSummary[], powered: boolean): string {
  const [first] = tokens;
  if (first === undefined) return '';
  const { evidence } = partsOf(powered && first.joules !== undefined ? first.joules : first.seconds);
  const spread = tokens.some(({ seconds }) => middleOf(seconds) !== rangeOf(seconds.value).low);
  const band = spread ? ' Lighter parts reach from the low to the high end of the estimate.' : '';
  return powered
    ? `Power over time with a mark where each token ends, and the energy of each token, all ${evidence}.${band}`
    : `Time of each token, ${evidence}.${band}`;
}
