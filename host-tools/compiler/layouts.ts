// How trits and vectors lie in the bytes of an image, and back: the layouts of contracts/image.ts.
import { maxChunkGroups, rowsPerWord, tritsPerByte } from '../contracts/image.ts';

/** Powers of three as the digits of a `t5` byte weigh them; 28 and 84 rather than 27 and 81 align the table's thirds. */
const digitWeights = [1, 3, 9, 28, 84] as const;

/** Packs trits as `t2`: four to a byte, lowest bits first; 0 → 00, +1 → 01, −1 → 11. Twin: trit_at() in kernels.h. */
export function packT2(trits: Int8Array): Uint8Array {
  const packed = new Uint8Array(Math.ceil(trits.length / 4));
  trits.forEach((trit, i) => {
    packed[i >> 2]! |= (trit & 0b11) << (2 * (i & 3));
  });
  return packed;
}

/** Packs five trits as one `t5` byte: 84·d4 + 28·d3 + 9·d2 + 3·d1 + d0, d = trit + 1. Missing ones are 0. */
export function packT5(trits: Int8Array): number {
  return digitWeights.reduce((code, weight, i) => code + weight * ((trits[i] ?? 0) + 1), 0);
}

/** The five trits of each `t5` byte, or undefined for the 13 bytes that are none. */
export const t5Codes: readonly (Int8Array | undefined)[] = (() => {
  const codes = new Array<Int8Array | undefined>(256).fill(undefined);
  for (let n = 0; n < 243; n += 1) {
    const trits = Int8Array.from(digitWeights, (_, i) => (Math.floor(n / 3 ** i) % 3) - 1);
    codes[packT5(trits)] = trits;
  }
  return codes;
})();

/** Groups of a `t5` row. */
export function groupsOf(columns: number): number {
  return Math.ceil(columns / tritsPerByte.t5);
}

/** Groups of one chunk: as few chunks as the table allows, all of about one size. */
export function chunkGroups(columns: number, tableBytes: number): number {
  const most = Math.max(1, Math.min(maxChunkGroups, Math.floor(tableBytes / (252 * 2))));
  const groups = groupsOf(columns);
  return Math.ceil(groups / Math.ceil(groups / most));
}

/** Visits every word of a `t5` matrix in the order of its bytes: its first row, its group. */
function* t5Words(rows: number, columns: number, chunk: number): Generator<{ row: number; group: number }> {
  const groups = groupsOf(columns);
  for (let first = 0; first < groups; first += chunk)
    for (let row = 0; row < rows; row += rowsPerWord)
      for (let group = first; group < Math.min(groups, first + chunk); group += 1) yield { row, group };
}

/** Packs a matrix [rows][columns] of trits in a layout. */
export function packMatrix(
  layout: 't2' | 't5',
  trits: Int8Array,
  rows: number,
  columns: number,
  chunk: number,
): Uint8Array {
  const row = (i: number): Int8Array => trits.subarray(i * columns, (i + 1) * columns);
  if (layout === 't2') return Buffer.concat(Array.from({ length: rows }, (_, i) => packT2(row(i))));
  const packed = new Uint8Array(matrixBytes('t5', rows, columns));
  let at = 0;
  for (const word of t5Words(rows, columns, chunk))
    for (let i = word.row; i < word.row + rowsPerWord; i += 1)
      packed[at++] = packT5(
        i < rows ? row(i).subarray(word.group * 5, word.group * 5 + 5) : new Int8Array(5),
      );
  return packed;
}

/** Bytes that a matrix takes in a layout. */
export function matrixBytes(layout: 't2' | 't5', rows: number, columns: number): number {
  if (layout === 't2') return rows * Math.ceil(columns / tritsPerByte.t2);
  return Math.ceil(rows / rowsPerWord) * rowsPerWord * groupsOf(columns);
}

/** Trits [rows][columns] of a packed matrix, or undefined where a code is none. What pads rows and columns is ignored. */
export function unpackMatrix(
  layout: 't2' | 't5',
  packed: Uint8Array,
  rows: number,
  columns: number,
  chunk: number,
): Int8Array | undefined {
  return layout === 't2' ? unpackT2(packed, rows, columns) : unpackT5(packed, rows, columns, chunk);
}

function unpackT2(packed: Uint8Array, rows: number, columns: number): Int8Array | undefined {
  const rowBytes = Math.ceil(columns / 4);
  const trits = new Int8Array(rows * columns);
  for (let row = 0; row < rows; row += 1)
    for (let column = 0; column < rowBytes * 4; column += 1) {
      const code = (packed[row * rowBytes + (column >> 2)]! >> (2 * (column & 3))) & 3;
      if (code === 2) return undefined;
      if (column < columns) trits[row * columns + column] = code === 3 ? -1 : code;
    }
  return trits;
}

function unpackT5(packed: Uint8Array, rows: number, columns: number, chunk: number): Int8Array | undefined {
  const trits = new Int8Array(rows * columns);
  let at = 0;
  for (const { row, group } of t5Words(rows, columns, chunk))
    for (let i = row; i < row + rowsPerWord; i += 1) {
      const five = t5Codes[packed[at++]!];
      if (five === undefined) return undefined;
      for (let k = 0; k < 5; k += 1) {
        const column = group * 5 + k;
        if (i < rows && column < columns) trits[i * columns + column] = five[k]!;
      }
    }
  return trits;
}
