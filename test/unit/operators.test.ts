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
/** Within ±most, any size, and often an end. */
const value = (most: number): fc.Arbitrary<number> =>
  fc.oneof(
    fc.integer({ min: -most, max: most }),
    fc.integer({ min: 0, max: 30 }).chain((bits) => {
      const end = Math.min(2 ** bits, most);
      return fc.integer({ min: -end, max: end });
    }),
    fc.constantFrom(-most, most, 0, 1, -1),
  );
const vectorOf = (one: fc.Arbitrary<number>, min = 1): fc.Arbitrary<number[]> =>
  fc.array(one, { minLength: min, maxLength: 40 });
const q16 = vectorOf(value(limit));
const int16 = fc.oneof(fc.integer({ min: -0x8000, max: 0x7fff }), fc.constantFrom(-0x8000, 0x7fff, 0, 1));
const fraction = fc.oneof(fc.integer({ min: 0, max: 0xffff }), fc.constantFrom(0, 1, 0x8000, 0xffff));
const scale = fc.record({
  m: fc.oneof(fc.integer({ min: 0x8000, max: 0xffff }), fc.constantFrom(0x8000, 0xffff)),
  e: fc.integer({ min: -80, max: 40 }),
});
const s32 = (values: readonly number[]): Int32Array => Int32Array.from(values);
const largest = (values: Iterable<number>): number => Math.max(...Array.from(values, Math.abs));
const same = (found: Iterable<number>, wanted: readonly bigint[]): void =>
  assert.deepEqual(exact(found), [...wanted]);

/** Calls `check` with vectors of one length. */
function onPairs(
  a: fc.Arbitrary<number>,
  b: fc.Arbitrary<number>,
  check: (x: number[], y: number[]) => void,
): void {
  const pairs = vectorOf(fc.tuple(a, b) as unknown as fc.Arbitrary<number>) as unknown as fc.Arbitrary<
    [number, number][]
  >;
  fc.assert(
    fc.property(pairs, (both) => {
      check(
        both.map(([one]) => one),
        both.map(([, one]) => one),
      );
    }),
    { numRuns: 1000 },
  );
}

describe('vectors', () => {
  it('widen brings the largest magnitude to 30 bits, exactly', () => {
    fc.assert(
      fc.property(q16, (x) => {
        const { values, shift } = op.widen(s32(x));
        same(values, exactly.widen(exact(x)).values);
        assert.isTrue(
          largest(x) === 0 ? shift === 30 : largest(values) >= 2 ** 29 && largest(values) < 2 ** 30,
        );
        assert.deepEqual(
          Array.from(values, (v) => v / 2 ** shift),
          x.map((v) => v + 0),
        );
      }),
    );
  });

  it('narrow keeps what fits 16 bits and rounds the rest within 2^14', () => {
    fc.assert(
      fc.property(q16, (x) => {
        const { values, shift } = op.narrow(s32(x));
        same(values, exactly.narrow(exact(x)).values);
        if (largest(x) <= 0x7fff)
          assert.deepEqual(
            [...values],
            x.map((v) => v + 0),
          );
        else assert.isAtMost(largest(values), 2 ** 14);
        values.forEach((v, i) => assert.isAtMost(Math.abs(v * 2 ** shift - x[i]!), 2 ** shift / 2));
      }),
    );
  });

  it('mulWide stays wide and loses one rounding', () => {
    onPairs(value(limit), int16, (x, w) => {
      const { values } = op.widen(s32(x));
      const found = op.mulWide(values, Int16Array.from(w));
      const wanted = exactly.mulWide(exact(values), exact(w));
      same(found.values, wanted.values);
      assert.equal(found.shift, wanted.shift);
      assert.isBelow(largest(found.values), 2 ** 30);
    });
  });

  it('meanOfSquares sums up to 2^31 and no further, whatever the length', () => {
    for (const n of [1, 2, 7, 8, 9, 16, 17, 192, 256, 257, 4096, 32767, 65535]) {
      const ends = new Int32Array(n).fill(2 ** 30 - 1);
      const { sum, e } = exactly.squares(exact(ends));
      assert.isTrue(sum <= 2n ** 31n, `${n}`);
      const mean = fixed.scaleToNumber(op.meanOfSquares(ends, fixed.scaleOf(1 / n)));
      assert.closeTo(mean / 2 ** 60, 1, 2 ** -12);
      assert.closeTo((Number(sum) * 2 ** e) / n / 2 ** 60, 1, 2 ** -12);
    }
    fc.assert(
      fc.property(vectorOf(value(2 ** 30 - 1)), (x) => {
        const one = { m: 0x8000, e: -15 };
        const { sum, e } = exactly.squares(exact(x));
        assert.deepEqual(op.meanOfSquares(s32(x), one), fixed.mulScale(fixed.normalize(Number(sum), e), one));
      }),
    );
  });
});

describe('quantize', () => {
  it('gives −127 … 127, the largest as ±127, equal to exact integers', () => {
    onPairs(value(limit), int16, (x, w) => {
      const { values } = op.widen(s32(x));
      const unit = { m: 0x8000, e: -31 };
      const { q } = op.quantize({ values, unit, meanSquare: unit }, { values: Int16Array.from(w), unit });
      const z = exactly.mulWide(exact(values), exact(w)).values;
      same(q, exactly.toInt8(z));
      assert.equal(largest(q), z.every((v) => v === 0n) ? 0 : 127);
    });
  });

  it('is within half a step and 2^−14 of the real quotient', () => {
    fc.assert(
      fc.property(vectorOf(value(2 ** 30 - 1)), (x) => {
        const { values } = op.widen(s32(x));
        if (largest(values) === 0) return;
        const unit = { m: 0x8000, e: -15 };
        const weights = { values: new Int16Array(x.length).fill(0x4000), unit };
        const { q } = op.quantize({ values, unit, meanSquare: unit }, weights);
        q.forEach((found, i) => {
          const real = (127 * values[i]!) / largest(values);
          assert.isAtMost(Math.abs(found - real), 0.5 + 127 * 2 ** -14);
        });
      }),
    );
  });
});

describe('a norm', () => {
  it('divides by the root of the mean square, epsilon included, the root within 0.02 %', () => {
    fc.assert(
      fc.property(vectorOf(value(2 ** 26), 4), fc.array(int16, { minLength: 40, maxLength: 40 }), (x, w) => {
        const weights = { values: Int16Array.from(x, (_, i) => w[i]!), unit: { m: 0x8000, e: -29 } };
        const epsilon = fixed.scaleOf(1e-6);
        const found = op.rmsNorm(s32(x), weights, fixed.scaleOf(1 / x.length), epsilon, epsilon);
        const real = x.map((v) => v / 65536);
        const mean = (values: number[]): number => values.reduce((sum, v) => sum + v * v, 0) / values.length;
        const inner = mean(real.map((v, i) => v * weights.values[i]! * 2 ** -14));
        const wanted = inner + 1e-6 * (mean(real) + 1e-6);
        // A product that its vector's largest hides is lost to 2^−16 of that one; so is its square.
        const lost = ((largest(real) * largest(weights.values)) / 2 ** 14) ** 2 * 2 ** -14;
        assert.closeTo(fixed.scaleToNumber(found.meanSquare), wanted, wanted * 4e-4 + lost);
      }),
    );
  });
});

describe('toQ16', () => {
  const sums = fc
    .integer({ min: 1, max: 65535 })
    .chain((columns) => fc.tuple(fc.constant(columns), vectorOf(value(127 * columns)), scale));

  it('equals exact integers, within the limit, for every number of columns and every scale', () => {
    fc.assert(
      fc.property(sums, ([columns, values, unit]) => {
        const found = op.toQ16(s32(values), op.sumShift(columns), unit);
        same(found, exactly.toQ16(exact(values), columns, BigInt(unit.m), unit.e));
        assert.isAtMost(largest(found), limit);
      }),
      { numRuns: 2000 },
    );
  });

  it('rounds the real product once behind its spread and once to Q16', () => {
    fc.assert(
      fc.property(sums, ([columns, values, unit]) => {
        const bits = op.sumShift(columns) - 32 - unit.e;
        op.toQ16(s32(values), op.sumShift(columns), unit).forEach((found, i) => {
          const real = clamp(values[i]! * fixed.scaleToNumber(unit) * 65536, limit);
          assert.isAtMost(Math.abs(found - real), 0.5 + 2 ** -bits / 2);
        });
      }),
    );
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
      const sum = value(127 * columns);
      return fc.record({
        digits: fc.constant(digits),
        columns: fc.constant(columns),
        sums: fc.array(sum, { minLength: n, maxLength: n }),
        scales: fc.array(fraction, { minLength: rows, maxLength: rows }),
      });
    });

  it('scaleRows equals exact integers and stays within 2^30', () => {
    fc.assert(
      fc.property(table, ({ digits, columns, sums, scales }) => {
        const found = op.scaleRows(s32(sums), columns, digits, Uint16Array.from(scales));
        same(found, exactly.scaleRows(exact(sums), digits, columns, exact(scales)));
        assert.isBelow(largest(found), 2 ** 30);
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
  const real = (x: number): number => 65536 / (1 + Math.exp(-x / 65536));

  it('is within 1.8 units of 2^−16 up to ±16 and never falls', () => {
    let before = 0;
    for (let x = -17 * 65536; x <= 17 * 65536; x += 13) {
      const found = op.sigmoid(x);
      if (Math.abs(found - real(x)) > 1.8) assert.fail(`sigmoid(${x}) = ${found}, really ${real(x)}`);
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

  it('makes SiLU within x · 2.3 units', () => {
    for (let x = -20 * 65536; x <= 20 * 65536; x += 97) {
      const wanted = (x * real(x)) / 65536;
      assert.isAtMost(Math.abs(op.silu(x) - wanted), 1 + (2.3 * Math.abs(x)) / 65536);
    }
  });
});

describe('the recurrence', () => {
  it('equals exact integers and stays between the state and SiLU(input)', () => {
    const one = fc.tuple(value(limit), fraction, value(limit));
    fc.assert(
      fc.property(fc.array(one, { minLength: 1, maxLength: 20 }), (rows) => {
        const [h, span, input] = [0, 1, 2].map((k) => rows.map((row) => row[k as 0])) as [
          number[],
          number[],
          number[],
        ];
        const state = s32(h);
        op.recur(state, Uint16Array.from(span), s32(input));
        const open = input.map(op.silu);
        same(state, exactly.recur(exact(h), exact(span), exact(open)));
        state.forEach((v, i) => {
          assert.isAtLeast(v, Math.min(h[i]!, open[i]!));
          assert.isAtMost(v, Math.max(h[i]!, open[i]!));
        });
      }),
      { numRuns: 1000 },
    );
  });

  it('forgetSpan multiplies by the bound and is 65535 at most', () => {
    onPairs(value(limit), fraction, (gate, bound) => {
      const plain = op.forgetSpan(s32(gate), undefined);
      const bounded = op.forgetSpan(s32(gate), Uint16Array.from(bound));
      plain.forEach((open, i) => {
        assert.equal(open, op.sigmoid(-gate[i]!));
        assert.equal(bounded[i], Math.floor((open * bound[i]! + 0x8000) / 65536));
      });
    });
  });
});

describe('gated values', () => {
  it('gatedUnit is SiLU(a) · b within 2^−13 of the largest', () => {
    onPairs(value(2 ** 24), value(127 * 4096), (a, b) => {
      const unit = { m: 40000, e: -30 };
      const found = op.gatedUnit(s32(a), s32(b), unit);
      const real = a.map((v, i) => (op.silu(v) / 65536) * b[i]! * fixed.scaleToNumber(unit));
      const most = largest(a.map(op.silu)) * largest(b) * 2 ** -16 * fixed.scaleToNumber(unit);
      found.values.forEach((v, i) => {
        assert.closeTo(v * fixed.scaleToNumber(found.unit), real[i]!, most * 2 ** -13);
      });
    });
  });
});

describe('the residual stream', () => {
  it('adds and saturates', () => {
    onPairs(value(limit), value(limit), (x, y) => {
      const sum = s32(x);
      op.addResidual(sum, s32(y));
      assert.deepEqual(
        [...sum],
        x.map((v, i) => clamp(v + y[i]!, limit) + 0),
      );
    });
  });

  it('embeds rows of every value within the limit', () => {
    fc.assert(
      fc.property(vectorOf(int16), fraction, fc.integer({ min: 0, max: 31 }), (row, rowScale, shift) => {
        const found = op.embed(Int16Array.from(row), rowScale, shift);
        same(found, exactly.embed(exact(row), BigInt(rowScale), shift));
        assert.isAtMost(largest(found), limit);
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
