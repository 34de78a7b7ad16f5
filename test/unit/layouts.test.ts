// Packed matrices of every shape, and back: docs/integer.md §9.
import { assert } from 'chai';
import fc from 'fast-check';
import * as layouts from '../../host-tools/compiler/layouts.ts';

fc.configureGlobal({ seed: 1 });

/** Trits of a matrix, chunk and shape. */
const matrix = fc
  .record({
    rows: fc.integer({ min: 1, max: 23 }),
    columns: fc.integer({ min: 1, max: 400 }),
    chunk: fc.integer({ min: 1, max: 64 }),
  })
  .chain(({ rows, columns, chunk }) =>
    fc.record({
      rows: fc.constant(rows),
      columns: fc.constant(columns),
      chunk: fc.constant(chunk),
      trits: fc.int8Array({ min: -1, max: 1, minLength: rows * columns, maxLength: rows * columns }),
    }),
  );

describe('packT2', () => {
  it('puts the first trit in the lowest bits', () => {
    assert.deepEqual(layouts.packT2(Int8Array.of(1, 0, 0, -1)), Uint8Array.of(0b11_00_00_01));
  });
});

describe('packT5', () => {
  it('weighs digits by 1, 3, 9, 28, 84 and takes what is missing as 0', () => {
    assert.equal(layouts.packT5(Int8Array.of(-1, -1, -1, -1, -1)), 0);
    assert.equal(layouts.packT5(Int8Array.of(1, 1, 1, 1, 1)), 250);
    assert.equal(layouts.packT5(Int8Array.of(0, 1, -1, 0, 1)), 1 + 6 + 0 + 28 + 168);
    assert.equal(layouts.packT5(Int8Array.of()), layouts.packT5(new Int8Array(5)));
  });

  it('leaves exactly 13 bytes without a meaning: 27 + 28 k and 252 to 255', () => {
    const invalid = layouts.t5Codes.flatMap((trits, code) => (trits === undefined ? [code] : []));
    assert.deepEqual(invalid, [27, 55, 83, 111, 139, 167, 195, 223, 251, 252, 253, 254, 255]);
    const seen = new Set(layouts.t5Codes.flatMap((trits) => (trits === undefined ? [] : [trits.join()])));
    assert.equal(seen.size, 243);
  });
});

describe('packMatrix and unpackMatrix', () => {
  for (const layout of ['t2', 't5'] as const)
    it(`${layout} gives every matrix back, in the bytes of its formula`, () => {
      fc.assert(
        fc.property(matrix, ({ rows, columns, chunk, trits }) => {
          const packed = layouts.packMatrix(layout, trits, rows, columns, chunk);
          const bytes = 4 * Math.ceil(rows / 4) * Math.ceil(columns / (layout === 't2' ? 4 : 5));
          assert.equal(packed.length, bytes);
          assert.equal(layouts.matrixBytes(layout, rows, columns), bytes);
          assert.deepEqual(layouts.unpackMatrix(layout, packed, rows, columns, chunk), trits);
        }),
        { numRuns: 300 },
      );
    });

  for (const layout of ['t2', 't5'] as const)
    it(`puts the byte of a row and a group of ${layout} where the page says`, () => {
      const width = layout === 't2' ? 4 : 5;
      const pack = (trits: Int8Array): number =>
        layout === 't5' ? layouts.packT5(trits) : (layouts.packT2(trits)[0] ?? 0);
      fc.assert(
        fc.property(matrix, fc.nat(), fc.nat(), ({ rows, columns, chunk, trits }, a, b) => {
          const groups = Math.ceil(columns / width);
          const [row, group] = [a % rows, b % groups];
          const first = Math.floor(group / chunk) * chunk;
          const size = Math.min(chunk, groups - first);
          const at =
            4 * (Math.ceil(rows / 4) * first + Math.floor(row / 4) * size + (group - first)) + (row % 4);
          const start = row * columns + width * group;
          const some = trits.subarray(start, Math.min(start + width, (row + 1) * columns));
          assert.equal(layouts.packMatrix(layout, trits, rows, columns, chunk)[at], pack(some));
        }),
        { numRuns: 300 },
      );
    });

  it('refuses each byte that encodes nothing, in the padding too, and takes all others', () => {
    for (let code = 0; code < 256; code += 1) {
      const bytes = Uint8Array.of(0, 0, 0, code);
      assert.equal(
        layouts.unpackMatrix('t5', bytes, 1, 1, 1) === undefined,
        layouts.t5Codes[code] === undefined,
      );
      const hasTwo = [0, 2, 4, 6].some((bit) => ((code >> bit) & 3) === 2);
      assert.equal(layouts.unpackMatrix('t2', bytes, 1, 1, 1) === undefined, hasTwo);
    }
  });
});

describe('chunkGroups', () => {
  it('takes the fewest chunks that fit the table, of multiples of four groups where there are several', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 65535 }),
        fc.integer({ min: 0, max: 40_000 }),
        fc.constantFrom('t2' as const, 't5' as const),
        (columns, tableBytes, packing) => {
          const groups = layouts.groupsOf(packing, columns);
          const most = Math.max(1, Math.min(64, Math.floor(tableBytes / 512)));
          const chunk = layouts.chunkGroups(packing, columns, tableBytes);
          assert.isAtMost(chunk, most);
          assert.equal(Math.ceil(groups / chunk), Math.ceil(groups / most));
          if (groups <= most) assert.equal(chunk, groups);
          else assert.isTrue(chunk === most || chunk % 4 === 0);
        },
      ),
    );
  });
});
