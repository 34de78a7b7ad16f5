// A figure: a number or a range with its unit, and where it comes from (DESIGN.md D4); arithmetic keeps all three true.

/** `measured`: an instrument or a timer. `simulated`: counted exactly. `estimated`: computed by a model from those. */
export type Evidence = 'measured' | 'simulated' | 'estimated';

export const evidences: readonly Evidence[] = ['measured', 'simulated', 'estimated'];

/** Both ends belong to it; low <= high. */
export interface Range {
  low: number;
  high: number;
}

export type Unit =
  | 's'
  | 's/token'
  | 'J'
  | 'J/token'
  | 'J/character'
  | 'W'
  | 'tokens/s'
  | 'instructions'
  | 'instructions/token'
  | 'cycles'
  | 'cycles/token'
  | '%';

export interface Figure {
  readonly value: number | Range;
  readonly unit: Unit;
  readonly evidence: Evidence;
  /** What said so: a counter, an instrument, a model with its sources. */
  readonly source: string;
}

/** The value as a range; a single number is a range of no width. */
export function rangeOf(value: number | Range): Range {
  return typeof value === 'number' ? { low: value, high: value } : value;
}

/** The middle of a figure, in its unit: for plots and for ordering, never for print. */
export function middleOf(figure: Figure): number {
  const { low, high } = rangeOf(figure.value);
  return (low + high) / 2;
}

export function figure(value: number | Range, unit: Unit, evidence: Evidence, source: string): Figure {
  const { low, high } = rangeOf(value);
  if (!Number.isFinite(low) || !Number.isFinite(high)) throw new Error(`A figure in ${unit} is not finite.`);
  if (low > high) throw new Error(`A figure in ${unit} has its ends exchanged: ${low} > ${high}.`);
  return { value: low === high ? low : { low, high }, unit, evidence, source };
}

/** The weakest evidence among the inputs: what a result of all of them may claim. */
export function weakest(...inputs: readonly Evidence[]): Evidence {
  return evidences[Math.max(0, ...inputs.map((evidence) => evidences.indexOf(evidence)))]!;
}

function combined(value: Range, unit: Unit, inputs: readonly Figure[]): Figure {
  const sources = [...new Set(inputs.flatMap(({ source }) => source.split(' + ')))];
  return figure(value, unit, weakest(...inputs.map(({ evidence }) => evidence)), sources.join(' + '));
}

function sameUnit(inputs: readonly Figure[]): Unit {
  const [first] = inputs;
  if (first === undefined) throw new Error('A sum of no figures has no unit.');
  const other = inputs.find(({ unit }) => unit !== first.unit);
  if (other !== undefined) throw new Error(`Figures in ${first.unit} and ${other.unit} do not add.`);
  return first.unit;
}

export function sum(inputs: readonly Figure[]): Figure {
  const unit = sameUnit(inputs);
  const ranges = inputs.map(({ value }) => rangeOf(value));
  const total = ranges.reduce((a, b) => ({ low: a.low + b.low, high: a.high + b.high }));
  return combined(total, unit, inputs);
}

export function subtract(a: Figure, b: Figure): Figure {
  const [x, y] = [rangeOf(a.value), rangeOf(b.value)];
  return combined({ low: x.low - y.high, high: x.high - y.low }, sameUnit([a, b]), [a, b]);
}

/** Multiplied by a number that is known exactly, such as a count of tokens or a clock by definition. */
export function scale(a: Figure, by: number, unit: Unit = a.unit): Figure {
  const { low, high } = rangeOf(a.value);
  const ends = [low * by, high * by];
  return combined({ low: Math.min(...ends), high: Math.max(...ends) }, unit, [a]);
}

/** The ends of a product of independent ranges. Inputs that move together (a time and its energy) must not be multiplied or divided. */
export function multiply(a: Figure, b: Figure, unit: Unit): Figure {
  const [x, y] = [rangeOf(a.value), rangeOf(b.value)];
  const ends = [x.low * y.low, x.low * y.high, x.high * y.low, x.high * y.high];
  return combined({ low: Math.min(...ends), high: Math.max(...ends) }, unit, [a, b]);
}

/** One over a positive figure. */
export function reciprocal(a: Figure, unit: Unit): Figure {
  const { low, high } = rangeOf(a.value);
  if (low <= 0) throw new Error(`A figure of ${low} ${a.unit} has no reciprocal.`);
  return combined({ low: 1 / high, high: 1 / low }, unit, [a]);
}

const prefixes = [
  ['n', 1e-9],
  ['µ', 1e-6],
  ['m', 1e-3],
  ['', 1],
  ['k', 1e3],
  ['M', 1e6],
] as const;

/** Units that count things are printed as they are; the others take the prefix that keeps the larger end in 1 … 999. */
function prefixFor(unit: Unit, magnitude: number): readonly [string, number] {
  if (!/^[sJW](\/|$)/.test(unit) || magnitude === 0) return ['', 1];
  // 999.5 would be rounded to 1000 of the smaller unit.
  return [...prefixes].reverse().find(([, factor]) => magnitude >= factor * 0.9995) ?? prefixes[0];
}

/** Decimals that show three significant digits of a number. */
function decimalsOf(value: number): number {
  return value === 0 ? 0 : Math.min(9, Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value) * 1.0005))));
}

function digits(value: number, decimals: number): string {
  const text = value.toLocaleString('en-US', {
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  });
  return text.replace(/^-0(\.0*)?$/, '0$1');
}

/** The number for people, without unit: `112`, or `1.1–1.7` with as many digits as the width of the range deserves. */
function printed({ low, high }: Range): string {
  const finest = decimalsOf(Math.max(Math.abs(low), Math.abs(high)));
  if (low === high) return digits(low, finest);
  // Two digits of the lower end at least, more where the range is narrow, three of the upper end at most.
  const two = low > 0 ? Math.max(0, 1 - Math.floor(Math.log10(low))) : 0;
  const deserved = Math.min(finest, Math.max(two, -Math.floor(Math.log10(high - low))));
  const [from, to] = [digits(low, deserved), digits(high, deserved)];
  return from === to ? from : `${from}–${to}`;
}

/** To three significant digits where an estimate would show more. */
function rounded(value: number): number {
  return Math.abs(value) >= 1000 ? Number(value.toPrecision(3)) : value;
}

/** Number and unit apart, for tables and for markup. */
export function partsOf(figure: Figure): { number: string; unit: string; evidence: Evidence } {
  const exact = rangeOf(figure.value);
  const estimated = figure.evidence === 'estimated';
  const [low, high] = estimated ? [rounded(exact.low), rounded(exact.high)] : [exact.low, exact.high];
  const [prefix, factor] = prefixFor(figure.unit, Math.max(Math.abs(low), Math.abs(high)));
  const number = printed({ low: low / factor, high: high / factor });
  return { number, unit: prefix + figure.unit, evidence: figure.evidence };
}

/** For people, with the tag that belongs to it: `112 tokens/s estimated`. */
export function formatFigure(figure: Figure): string {
  const { number, unit, evidence } = partsOf(figure);
  return `${number} ${unit} ${evidence}`;
}
