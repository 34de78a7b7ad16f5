// The tables of the integer program, docs/integer.md §4: the logistic function and powers of two. `npm run gen` writes
// them to firmware/gen/tables.h.
//

/** round(65536 / (1 + e^−x)) for x = i / 16 − 8, i = 0 … 256: the logistic function, Q16. */
export const sigmoidTable = Uint16Array.from({ length: 257 }, (_, i) =>
  Math.round(65536 / (1 + Math.exp(8 - i / 16))),
);

/** What firmware has of it, i = 0 … 255: entry i in the low half of a word, what the next one adds in the high half. */
export const sigmoidSteps = Uint32Array.from(
  { length: 256 },
  (_, i) => (((sigmoidTable[i + 1]! - sigmoidTable[i]!) << 16) | sigmoidTable[i]!) >>> 0,
);

/**
 * The same for a core that multiplies by the lower half of a word, signed, as it is: piece i begins at x = (i − 128) · 2^12, and the lower
 * half of x is then 4 bits of i above 12 of what is left. Its line starts from where those 4 bits are 0, modulo 2^16, in the low half of a
 * word; 16 times its step is in the high half.
 */
export const sigmoidWindows = Uint32Array.from(sigmoidSteps, (entry, i) => {
  const [value, step, window] = [entry & 0xffff, entry >>> 16, (i << 28) >> 28];
  return ((step << 20) | ((value - step * window) & 0xffff)) >>> 0;
});

/** The logistic function of −(8 + i / 4), i = 0 … 32, Q16. */
export const sigmoidTailTable = Uint16Array.from({ length: 33 }, (_, i) =>
  Math.round(65536 / (1 + Math.exp(8 + i / 4))),
);

/** round(32768 · 2^(−i / 256)), i = 0 … 256. */
export const powerTable = Uint16Array.from({ length: 257 }, (_, i) => Math.round(32768 * 2 ** (-i / 256)));
