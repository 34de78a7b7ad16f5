// The cache between an RP2040 and its flash, as far as misses are counted: 16 KB, two ways, lines of 8 bytes. RP2040 datasheet 2.6.3.1.

const lineShift = 3;
const sets = (16 * 1024) / (2 << lineShift);

/** Which way a full set gives up is not documented; here the one that was used longer ago. */
export class FlashCache {
  /** Lines that were fetched since the cache was emptied. */
  misses = 0;
  /** Two lines a set, by their number in flash. */
  readonly #lines = new Int32Array(2 * sets).fill(-1);
  /** Which of the two was used longer ago. */
  readonly #older = new Uint8Array(sets);

  empty(): void {
    this.misses = 0;
    this.#lines.fill(-1);
  }

  /** An access to the byte at an offset of flash. */
  touch(offset: number): void {
    const line = offset >>> lineShift;
    const set = line & (sets - 1);
    const first = 2 * set;
    if (this.#lines[first] === line) {
      this.#older[set] = 1;
    } else if (this.#lines[first + 1] === line) {
      this.#older[set] = 0;
    } else {
      this.misses += 1;
      const way = this.#older[set]!;
      this.#lines[first + way] = line;
      this.#older[set] = 1 - way;
    }
  }
}
