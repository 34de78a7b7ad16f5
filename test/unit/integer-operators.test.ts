// The operators on random and extreme vectors: equal to exact integers without overflow, in their ranges, near the real ones.
import { assert } from 'chai';
import fc from 'fast-check';
import * as fixed from '../../host-tools/compiler/fixed.ts';
import { largestOfDigits, tritsOfDigits } from '../../host-tools/compiler/digits.ts';
import * as op from '../../host-tools/compiler/operators.ts';
import * as exactly from '../support/exact-operators.ts';
import { exact } from '../support/exact-operators.ts';

fc.configureGlobal({ seed: 1 });

const { limit } = fixed;
const clamp = (v: number, most: number): number => Math.max(-most, Math.min(most, v));
/** Within −most − 1 … most, any size, and often an end. */
const value = (most: number): fc.Arbitrary<number> =>
  fc.oneof(
    fc.integer({ min: -most - 1, max: most }),
    fc.integer({ min: 0, max: 31 }).chain((bits) => {
      const end = Math.min(2 ** bits - 1, most);
      return fc.integer({ min: -end - 1, max: end });
    }),
    fc.constantFrom(-most - 1, -most, most, 0, 1, -1),
  );
const vectorOf = (one: fc.Arbitrary<number>, min = 1): fc.Arbitrary<number[]> =>
  fc.array(one, { minLength: min, maxLength: 40 });
const word = value(2 ** 31 - 1);
const weight = fc.oneof(fc.integer({ min: -0x7fff, max: 0x7fff }), fc.constantFrom(-0x7fff, 0x7fff, 0, 1));
const rowScale = fc.oneof(fc.integer({ min: 1, max: 0x7fff }), fc.constantFrom(1, 0x4000, 0x7fff));
const fraction = fc.oneof(fc.integer({ min: 0, max: 0xffff }), fc.constantFrom(0, 1, 0x8000, 0xffff));
const scale = fc.record({
  m: fc.oneof(fc.integer({ min: 0x8000, max: 0xffff }), fc.constantFrom(0x8000, 0xffff)),
  e: fc.integer({ min: -80, max: 40 }),
});
const s16 = (values: readonly number[]): Int16Array => Int16Array.from(values);
const s32 = (values: readonly number[]): Int32Array => Int32Array.from(values);
const largest = (values: Iterable<number>): number => Math.max(...Array.from(values, Math.abs));
const mean = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length;
const real = fixed.scaleToNumber;
const same = (found: Iterable<number>, wanted: readonly bigint[]): void =>
  assert.deepEqual(exact(found), [...wanted]);
/** Takes a Q16 value for what it is. */
const asQ16: op.Unit = { room: 0, scale: { m: 0x8000, e: -31 } };

/** Calls `check` with vectors of one length. */
function onPairs(
  a: fc.Arbitrary<number>,
  b: fc.Arbitrary<number>,
  check: (x: number[], y: number[]) => void,
): void {
  fc.assert(
    fc.property(fc.array(fc.tuple(a, b), { minLength: 1, maxLength: 40 }), (both) => {
      check(
        both.map(([one]) => one),
        both.map(([, one]) => one),
      );
    }),
    { numRuns: 1000 },
  );
}

describe('vectors', () => {
  it('widen brings the largest to 31 bits, exactly; a −1 counts for none', () => {
    fc.assert(
      fc.property(vectorOf(word), (x) => {
        const { values, shift } = op.widen(s32(x));
        same(values, exactly.widen(exact(x)).values);
        assert.equal(BigInt(fixed.bitsOf(s32(x))), exactly.bitsOf(exact(x)));
        if (fixed.bitsOf(s32(x)) > 0) assert.isTrue(fixed.bitsOf(values) >= 2 ** 30);
        else assert.equal(shift, 31);
        assert.deepEqual(
          Array.from(values, (v) => v / 2 ** shift),
          x.map((v) => v + 0),
        );
      }),
    );
    assert.deepEqual(op.widen(Int32Array.of(-1, 0)), { values: Int32Array.of(-(2 ** 31), 0), shift: 31 });
  });

  it('mulWeights stays below 2^30 and cuts each product', () => {
    onPairs(word, weight, (x, w) => {
      const unit = fixed.powerOfTwo(0);
      const found = op.mulWeights({ values: s32(x), unit }, { values: s16(w), unit });
      same(found.values, exactly.mulWeights(exact(x), exact(w)));
      assert.isBelow(fixed.bitsOf(found.values), 2 ** 30);
      assert.deepEqual(found.unit, fixed.powerOfTwo(16));
    });
  });

  it('squareSum is exact, whatever the length', () => {
    for (const n of [1, 7, 192, 65535])
      assert.equal(op.squareSum(new Int32Array(n).fill(-(2 ** 31))), n * 2 ** 30);
    fc.assert(
      fc.property(vectorOf(word), (x) => {
        assert.equal(BigInt(op.squareSum(s32(x))), exactly.squareSum(exact(x)));
      }),
    );
  });
});

describe('quantizeTo8', () => {
  it('gives −127 … 127, the largest as ±127 where it has 9 bits or more, equal to exact integers', () => {
    fc.assert(
      fc.property(vectorOf(value(limit)), (z) => {
        const { q, largest: most } = op.quantizeTo8(s32(z));
        same(q, exactly.toInt8(exact(z)));
        assert.equal(
          most,
          z.reduce((peak, v) => Math.max(peak, v < 0 ? ~v : v), 0),
        );
        assert.isAtMost(largest(q), 127);
        if (most >= 2 ** 8) assert.equal(largest(q), 127);
      }),
      { numRuns: 2000 },
    );
    assert.deepEqual([...op.quantizeTo8(new Int32Array(3)).q], [0, 0, 0]);
  });

  it('is within half a step and 2^−13 of the real quotient', () => {
    fc.assert(
      fc.property(vectorOf(value(limit)), (z) => {
        const { q, largest: most } = op.quantizeTo8(s32(z));
        q.forEach((found, i) => {
          const wanted = (127 * z[i]!) / (most + 1);
          assert.isAtMost(Math.abs(found - wanted), 0.5 + 127 * 2 ** -13);
        });
      }),
    );
  });
});

describe('quantize', () => {
  const unit = { m: 0x8000, e: -29 };
  const row = fc.tuple(value(2 ** 26 - 1), weight, weight);

  /** Holds activations near the real ones: products over their peak, and the peak over the root of mean square and epsilon. */
  function holds(rows: readonly (readonly [number, number, number])[], hasOuter: boolean): void {
    const outer = { values: s16(rows.map(([, w]) => w)), unit };
    const weights = { values: s16(rows.map(([, , w]) => w)), unit };
    const epsilon = fixed.scaleOf(1e-6);
    const x = { values: s32(rows.map(([v]) => v)), unit: fixed.powerOfTwo(-16) };
    const { q, scale: found } = op.quantize(x, hasOuter ? outer : undefined, weights, {
      inverseLength: fixed.scaleOf(1 / rows.length),
      linearEps: epsilon,
      normEps: hasOuter ? epsilon : undefined,
    });
    // One unit of the wide vector, of its products, and of the upper halves that are squared.
    const wide = 2 ** (-16 - op.widen(x.values).shift);
    const step = wide * 2 ** 16 * real(unit);
    const upper = 2 ** 16 * (hasOuter ? step : wide);
    const products = rows.map(([v, , w]) => (v / 65536) * w * real(unit));
    const normed = rows.map(([v, w]) => (v / 65536) * (hasOuter ? w * real(unit) : 1));
    const lost = mean(normed.map((v) => (2 * Math.abs(v) + 2 * upper) * 2 * upper));
    const square = mean(normed.map((v) => v * v));
    const added = 1e-6 * (hasOuter ? wide ** 2 * 2 ** 58 + 1e-6 : 1);
    const peak = largest(products) + step;
    assert.isAtMost(real(found), (peak / Math.sqrt(Math.max(0, square - lost) + added)) * 1.0005);
    assert.isAtLeast(real(found), ((peak - 2 * step) / Math.sqrt(square + lost + added)) * 0.9995);
    q.forEach((one, i) => {
      const wanted = (127 * products[i]!) / peak;
      assert.isAtMost(Math.abs(one - wanted), 0.52 + (254 * step) / peak);
    });
  }

  for (const hasOuter of [false, true])
    it(`divides by the root of mean square and epsilon, ${hasOuter ? 'of the products with the weights of the norm ahead' : 'without a norm ahead'}`, () => {
      fc.assert(
        fc.property(fc.array(row, { minLength: 4, maxLength: 40 }), (rows) => holds(rows, hasOuter)),
        { numRuns: 1000 },
      );
    });
});

describe('toQ16', () => {
  const sums = fc
    .integer({ min: 1, max: 65535 })
    .chain((columns) => fc.tuple(fc.constant(columns), vectorOf(value(127 * columns - 1)), scale));

  it('equals exact integers, within Q16, for every number of columns and every scale', () => {
    fc.assert(
      fc.property(sums, ([columns, values, unitScale]) => {
        const unit = { room: op.sumShift(columns), scale: unitScale };
        const found = values.map((v) => op.toQ16(v, unit));
        same(found, exactly.toQ16(exact(values), unit));
        assert.isAtMost(largest(found), limit);
      }),
      { numRuns: 2000 },
    );
  });

  it('cuts the real product behind its room and rounds it to Q16', () => {
    fc.assert(
      fc.property(sums, ([columns, values, unitScale]) => {
        const room = op.sumShift(columns);
        const bits = room - 32 - unitScale.e;
        for (const v of values) {
          const found = op.toQ16(v, { room, scale: unitScale });
          const wanted = clamp(v * real(unitScale) * 65536, limit);
          assert.isAtMost(Math.abs(found - wanted), 0.5 + 2 ** -bits);
        }
      }),
    );
  });

  it('leaves even Q16 values as they are by a unit of 2^−16', () => {
    for (const v of [0, 2, -2, 65536, limit - 1]) assert.equal(op.toQ16(v, asQ16), v);
  });
});

describe('digits', () => {
  const table = fc
    .record({
      digits: fc.integer({ min: 1, max: 3 }),
      columns: fc.integer({ min: 1, max: 65535 }),
      rows: fc.integer({ min: 1, max: 9 }),
    })
    .chain(({ digits, columns, rows }) => {
      const n = rows * digits;
      const sum = value(127 * columns - 1);
      return fc.record({
        digits: fc.constant(digits),
        columns: fc.constant(columns),
        sums: fc.array(sum, { minLength: n, maxLength: n }),
        scales: fc.array(rowScale, { minLength: rows, maxLength: rows }),
      });
    });

  it('scaleRows equals exact integers and stays within 2^29', () => {
    fc.assert(
      fc.property(table, ({ digits, columns, sums, scales }) => {
        const found = op.scaleRows(s32(sums), columns, digits, s16(scales));
        same(found, exactly.scaleRows(exact(sums), digits, columns, exact(scales)));
        assert.isBelow(fixed.bitsOf(found), 2 ** 29);
      }),
      { numRuns: 2000 },
    );
  });

  it('rowOfDigits gives eight times the integers that tritsOfDigits took apart', () => {
    for (const digits of [1, 2, 3]) {
      const most = largestOfDigits(digits);
      const integers = Int8Array.from({ length: 2 * most + 1 }, (_, i) => i - most);
      const trits = tritsOfDigits(integers, integers.length, digits);
      assert.isTrue(trits.every((trit) => Math.abs(trit) <= 1));
      assert.deepEqual(
        [...op.rowOfDigits(trits, digits)],
        [...integers].map((integer) => 8 * integer),
      );
    }
    assert.deepEqual([...tritsOfDigits(Int8Array.of(2, -4, 1, 0), 2, 2)], [1, -1, -1, -1, 0, 0, 1, 0]);
  });
});

describe('sigmoid', () => {
  const logistic = (x: number): number => 65536 / (1 + Math.exp(-x / 65536));

  it('is within 4.2 units of 2^−16 and never falls', () => {
    let before = 0;
    for (let x = -17 * 65536; x <= 17 * 65536; x += 13) {
      const found = op.sigmoid(x);
      if (Math.abs(found - logistic(x)) > 4.2) assert.fail(`sigmoid(${x}) = ${found}, really ${logistic(x)}`);
      if (found < before) assert.fail(`sigmoid falls at ${x}`);
      before = found;
    }
  });

  it('does not fall between any two neighbours', () => {
    for (let x = -16 * 65536 - 2; x <= 16 * 65536; x += 1)
      if (op.sigmoid(x) > op.sigmoid(x + 1)) assert.fail(`${x}`);
  });

  it('is a fraction for every Q16 value', () => {
    fc.assert(
      fc.property(value(limit), (x) => {
        assert.isTrue(op.sigmoid(x) >= 0 && op.sigmoid(x) <= 0xffff);
        assert.isAtMost(Math.abs(op.silu(x)), Math.abs(x));
      }),
    );
  });

  it('makes SiLU within x · 4.2 units', () => {
    for (let x = -20 * 65536; x <= 20 * 65536; x += 97) {
      const wanted = (x * logistic(x)) / 65536;
      assert.isAtMost(Math.abs(op.silu(x) - wanted), 1 + (4.2 * Math.abs(x)) / 65536);
    }
  });
});

describe('the recurrence', () => {
  it('equals exact integers, stays between the state and SiLU(input), and gives SiLU of the state', () => {
    const one = fc.tuple(value(limit), value(limit), fraction, value(limit));
    fc.assert(
      fc.property(fc.array(one, { minLength: 1, maxLength: 20 }), fc.boolean(), (rows, isBounded) => {
        const column = (k: number): number[] => rows.map((row) => row[k]!);
        const [h, gate, bound, input] = [column(0), column(1), column(2), column(3)];
        const asRows = (values: number[]): op.Rows => ({ values: s32(values), unit: asQ16 });
        const state = s32(h);
        const bounds = isBounded ? Uint16Array.from(bound) : undefined;
        const found = op.recur(state, asRows(gate), bounds, asRows(input));
        const read = (v: number): number => op.toQ16(v, asQ16);
        const open = exact(gate.map((v) => op.sigmoid(-read(v))));
        const target = input.map((v) => op.silu(read(v)));
        const spans = isBounded ? exactly.span(open, exact(bound)) : open;
        same(state, exactly.recur(exact(h), spans, exact(target)));
        state.forEach((v, i) => {
          assert.isAtLeast(v, Math.min(h[i]!, target[i]!));
          assert.isAtMost(v, Math.max(h[i]!, target[i]!));
          assert.equal(found[i], op.silu(v));
        });
      }),
      { numRuns: 1000 },
    );
  });
});

describe('gate', () => {
  it('equals exact integers and is a · b within 2^−13 of the largest', () => {
    onPairs(value(limit), value(limit), (a, b) => {
      const unit = { m: 40000, e: -30 };
      const found = op.gate(s32(a), s32(b), unit);
      same(found.values, exactly.gate(exact(a), exact(b)));
      const most = largest(a) * (largest(b) + 1) * 2 ** -16 * real(unit);
      found.values.forEach((v, i) => {
        const wanted = (a[i]! / 65536) * b[i]! * real(unit);
        assert.isAtMost(Math.abs(v * real(found.unit) - wanted), most * 2 ** -13 + real(found.unit));
      });
    });
  });

  it('leaves factors of 16 bits as they are', () => {
    assert.equal(op.factorShift(0x7fff), 0);
    assert.equal(op.factorShift(0x8000), 1);
    assert.deepEqual(op.gate(Int32Array.of(65536), Int32Array.of(-32768), fixed.powerOfTwo(0)), {
      values: Int32Array.of(-(2 ** 29)),
      unit: fixed.powerOfTwo(-14),
    });
  });
});

describe('reciprocalRms', () => {
  it('is one over the root of mean square and epsilon, within 0.05 % and what is cut', () => {
    fc.assert(
      fc.property(vectorOf(value(2 ** 23), 4), (x) => {
        const unit = { m: 50000, e: -40 };
        const vector = { values: s32(x), unit };
        const found = op.reciprocalRms(vector, fixed.scaleOf(1 / x.length), fixed.scaleOf(1e-6));
        const upper = 2 ** (16 - op.widen(s32(x)).shift) * real(unit);
        const values = x.map((v) => v * real(unit));
        const square = mean(values.map((v) => v * v));
        const lost = mean(values.map((v) => (2 * Math.abs(v) + upper) * upper));
        assert.isAtMost(real(found), 1.0005 / Math.sqrt(Math.max(0, square - lost) + 1e-6));
        assert.isAtLeast(real(found), 0.9995 / Math.sqrt(square + lost + 1e-6));
      }),
      { numRuns: 1000 },
    );
  });
});

describe('the residual stream', () => {
  it('adds and saturates', () => {
    onPairs(value(limit), value(limit), (x, y) => {
      const sum = s32(x);
      op.addResidual(sum, { values: s32(y), unit: asQ16 });
      same(sum, exactly.add(exact(x), exactly.toQ16(exact(y), asQ16)));
    });
  });

  it('embeds rows of every value within Q16', () => {
    fc.assert(
      fc.property(vectorOf(weight), rowScale, fc.integer({ min: 0, max: 31 }), (row, ofRow, shift) => {
        const found = op.embed(s16(row), ofRow, shift);
        same(found, exactly.embed(exact(row), BigInt(ofRow), shift));
        assert.isAtMost(fixed.bitsOf(found), limit);
      }),
    );
  });
});

describe('powerOfHalf', () => {
  it('is within 2^−14 and one unit of 2^−x, never above 2^bits, and never rises', () => {
    for (const bits of [15, 17, 21, 24]) {
      let before = Infinity;
      for (let x = 0; x < 26 * 65536; x += 61) {
        const found = op.powerOfHalf(x, bits);
        const real = 2 ** (bits - x / 65536);
        assert.isAtMost(Math.abs(found - real), 1 + real * 2 ** -14);
        if (found > before) assert.fail(`rises at ${x}`);
        before = found;
      }
      assert.equal(op.powerOfHalf(0, bits), 2 ** bits);
      assert.equal(op.powerOfHalf(2 ** 32 - 1, bits), 0);
    }
  });
});
