// The tables of the integer program, docs/integer.md §4: the logistic function and powers of two. `npm run gen` writes
// them to firmware/gen/tables.h.
//

/** round(65536 / (1 + e^x)) for x = i / 32, i = 0 … 256: the logistic function of −x, Q16. */
export const sigmoidTable = Uint16Array.from({ length: 257 }, (_, i) =>
  Math.round(65536 / (1 + Math.exp(i / 32))),
);

/** The same for x = 8 + i / 4, i = 0 … 32. */
export const sigmoidTailTable = Uint16Array.from({ length: 33 }, (_, i) =>
  Math.round(65536 / (1 + Math.exp(8 + i / 4))),
);

/** round(32768 · 2^(−i / 256)), i = 0 … 256. */
export const powerTable = Uint16Array.from({ length: 257 }, (_, i) => Math.round(32768 * 2 ** (-i / 256)));
