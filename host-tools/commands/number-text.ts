// Numbers as a person reads them.

/** Whole numbers as they are, others with six digits that count: 0.03125, 1.00001e-6. */
export function showNumber(value: number): string {
  if (Number.isInteger(value)) return String(value);
  const short = Number(value.toPrecision(6));
  // Trailing zeros of a mantissa say nothing.
  return Math.abs(short) < 1e-3 ? short.toExponential(5).replace(/\.?0*e/, 'e') : String(short);
}

/** How much more one value is than another, in percent: +0.022 %; too small a change is 0.000 % without a sign. */
export function showChange(from: number, to: number): string {
  const thousandths = Math.round((to / from - 1) * 1e5);
  return `${thousandths > 0 ? '+' : ''}${(thousandths / 1e3 || 0).toFixed(3)} %`;
}
