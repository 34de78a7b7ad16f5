// How trits and vectors lie in the bytes of an image, and back: the layouts of contracts/image.ts.
import { maxChunkGroups, rowsPerWord, tableBytesPerGroup, tritsPerByte } from '../contracts/image.ts';
import type { Layout } from '../contracts/image.ts';

/** Powers of three as the digits of a `t5` byte weigh them; 28 and 84 rather than 27 and 81 align the table's thirds. */
const digitWeights = [1, 3, 9, 28, 84] as const;

/** Packs trits as `t2`: four to a byte, lowest bits first; 0 → 00, +1 → 01, −1 → 11. Twin: tlm_trit_t2() in trits.h. */
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

/** How trits are packed. */
export type Packing = keyof typeof tritsPerByte;

/** How the trits of a matrix in a layout are packed. */
export function packingOf(layout: Layout): Packing {
  return layout === 't5' || layout === 'r5' ? 't5' : 't2';
}

/** Groups of a row: a group is the columns of one byte. */
export function groupsOf(packing: Packing, columns: number): number {
  return Math.ceil(columns / tritsPerByte[packing]);
}

/** Groups that kernels take at a time. */
const groupsAtOnce = 4;

/** Groups of a chunk: as few chunks as the table allows, of about one size, which is a multiple of what kernels take at a time. */
export function chunkGroups(packing: Packing, columns: number, tableBytes: number): number {
  const most = Math.max(1, Math.min(maxChunkGroups, Math.floor(tableBytes / tableBytesPerGroup)));
  const groups = groupsOf(packing, columns);
  const even = Math.ceil(groups / Math.ceil(groups / most));
  return even === groups ? groups : Math.min(most, Math.ceil(even / groupsAtOnce) * groupsAtOnce);
}

/** Visits every word of a matrix in the order of its bytes: its first row, its group. */
function* wordsOf(rows: number, groups: number, chunk: number): Generator<{ row: number; group: number }> {
  for (let first = 0; first < groups; first += chunk)
    for (let row = 0; row < rows; row += rowsPerWord)
      for (let group = first; group < Math.min(groups, first + chunk); group += 1) yield { row, group };
}

/** Packs a matrix [rows][columns] of trits; what pads rows and columns is 0. */
export function packMatrix(
  packing: Packing,
  trits: Int8Array,
  rows: number,
  columns: number,
  chunk: number,
): Uint8Array {
  const width = tritsPerByte[packing];
  const pack = packing === 't5' ? packT5 : (group: Int8Array): number => packT2(group)[0] ?? 0;
  const packed = new Uint8Array(matrixBytes(packing, rows, columns));
  const none = new Int8Array();
  let at = 0;
  for (const { row, group } of wordsOf(rows, groupsOf(packing, columns), chunk))
    for (let i = row; i < row + rowsPerWord; i += 1) {
      const [start, end] = [
        i * columns + group * width,
        i * columns + Math.min(columns, group * width + width),
      ];
      packed[at++] = pack(i < rows ? trits.subarray(start, end) : none);
    }
  return packed;
}

/** Bytes that a matrix takes. */
export function matrixBytes(packing: Packing, rows: number, columns: number): number {
  return Math.ceil(rows / rowsPerWord) * rowsPerWord * groupsOf(packing, columns);
}

/** The four trits of each `t2` byte, or undefined where a pair of bits is 10. */
export const t2Codes: readonly (Int8Array | undefined)[] = Array.from({ length: 256 }, (_, code) => {
  const pairs = [0, 2, 4, 6].map((at) => (code >> at) & 3);
  return pairs.includes(2) ? undefined : Int8Array.from(pairs, (pair) => (pair === 3 ? -1 : pair));
});

/** Trits [rows][columns] of a packed matrix, or undefined where a code is none. What pads rows and columns is ignored. */
export function unpackMatrix(
  packing: Packing,
  packed: Uint8Array,
  rows: number,
  columns: number,
  chunk: number,
): Int8Array | undefined {
  const width = tritsPerByte[packing];
  const codes = packing === 't5' ? t5Codes : t2Codes;
  const trits = new Int8Array(rows * columns);
  let at = 0;
  for (const { row, group } of wordsOf(rows, groupsOf(packing, columns), chunk))
    for (let i = row; i < row + rowsPerWord; i += 1) {
      const found = codes[packed[at++]!];
      if (found === undefined) return undefined;
      for (let k = 0; k < width; k += 1) {
        const column = group * width + k;
        if (i < rows && column < columns) trits[i * columns + column] = found[k]!;
      }
    }
  return trits;
}
