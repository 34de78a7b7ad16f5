// The arithmetic of the integer program against its definitions in exact arithmetic: docs/integer.md §1 and §2.
import { assert } from 'chai';
import fc from 'fast-check';
import * as fixed from '../../host-tools/compiler/fixed.ts';
import type { Scale } from '../../host-tools/compiler/fixed.ts';

fc.configureGlobal({ seed: 1 });

const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
/** Any int32, and often one near a power of two. */
const anyInt32 = fc.oneof(
  int32,
  fc
    .tuple(fc.integer({ min: 0, max: 30 }), fc.integer({ min: -2, max: 2 }), fc.boolean())
    .map(([bits, near, negative]) => (negative ? -1 : 1) * (2 ** bits + near)),
  fc.constantFrom(-(2 ** 31), 2 ** 31 - 1, 0),
);
const uint32 = fc.oneof(fc.integer({ min: 0, max: 2 ** 32 - 1 }), fc.constantFrom(2 ** 32 - 1, 2 ** 31, 0));
const uint16 = fc.oneof(fc.integer({ min: 0, max: 0xffff }), fc.constantFrom(0, 1, 0x7fff, 0x8000, 0xffff));
const int16 = uint16.map((value) => value - 0x8000);
const exponent = fc.integer({ min: -120, max: 120 });
const scale = fc.oneof(
  fc.record({ m: fc.integer({ min: 0x8000, max: 0xffff }), e: exponent }),
  fc.record({ m: fc.constantFrom(0x8000, 0xffff), e: exponent }),
);

/** ⌊a / b⌋ for b > 0. */
function floorDivide(a: bigint, b: bigint): bigint {
  return a / b - (a % b < 0n ? 1n : 0n);
}

const relativeError = (found: number, exact: number): number => Math.abs(found / exact - 1);
const value = fixed.scaleToNumber;

function assertNormal({ m, e }: Scale): void {
  assert.isTrue(Number.isInteger(e) && Number.isInteger(m) && m >= 0x8000 && m <= 0xffff, `(${m}, ${e})`);
}

describe('roundShift', () => {
  it('is floor((v + 2^(b − 1)) / 2^b) for every int32 and every number of bits', () => {
    fc.assert(
      fc.property(anyInt32, fc.integer({ min: 1, max: 40 }), (v, bits) => {
        const exact = floorDivide(BigInt(v) + 2n ** BigInt(bits - 1), 2n ** BigInt(bits));
        assert.equal(BigInt(fixed.roundShift(v, bits)), exact);
      }),
      { numRuns: 5000 },
    );
  });

  it('leaves a value by 0 bits', () => {
    fc.assert(fc.property(anyInt32, (v) => assert.equal(fixed.roundShift(v, 0), v)));
  });
});

describe('products', () => {
  it('mulWeight is floor(v·w / 2^16), and no part of it passes 32 bits', () => {
    fc.assert(
      fc.property(anyInt32, int16, (v, w) => {
        const exact = floorDivide(BigInt(v) * BigInt(w), 0x1_0000n);
        assert.equal(BigInt(fixed.mulWeight(v, w)), exact);
        assert.isAtMost(Math.abs(fixed.mulWeight(v, w)), 2 ** 30);
        assert.isBelow(Math.abs((v & 0xffff) * w), 2 ** 31);
      }),
      { numRuns: 5000 },
    );
  });

  it('mulScaleFloor is floor(v·f / 2^16), never beyond v', () => {
    fc.assert(
      fc.property(anyInt32, uint16, (v, f) => {
        const found = fixed.mulScaleFloor(v, f);
        assert.equal(BigInt(found), floorDivide(BigInt(v) * BigInt(f), 0x1_0000n));
        assert.isTrue(v >= 0 ? found >= 0 && found <= v : found <= 0 && found >= v);
        assert.isBelow((v & 0xffff) * f, 2 ** 32);
      }),
      { numRuns: 5000 },
    );
  });

  it('mulFraction is floor((v·f + 2^15) / 2^16), never beyond v', () => {
    fc.assert(
      fc.property(anyInt32, uint16, (v, f) => {
        const found = fixed.mulFraction(v, f);
        assert.equal(BigInt(found), floorDivide(BigInt(v) * BigInt(f) + 0x8000n, 0x1_0000n));
        assert.isTrue(v >= 0 ? found >= 0 && found <= v : found <= 0 && found >= v);
        assert.isBelow((v & 0xffff) * f + 0x8000, 2 ** 32);
      }),
      { numRuns: 5000 },
    );
  });
});

describe('saturation', () => {
  it('holds values within Q16, shifted ones within the limit', () => {
    fc.assert(
      fc.property(anyInt32, fc.integer({ min: 1, max: 200 }), (v, bits) => {
        const hold = (x: number): number => Math.max(-fixed.limit, Math.min(fixed.limit, x));
        assert.equal(fixed.saturate(v), Math.max(-fixed.limit - 1, Math.min(fixed.limit, v)));
        assert.equal(fixed.saturatingShiftLeft(v, bits), v === 0 ? 0 : hold(v * 2 ** bits));
      }),
    );
  });
});

describe('bits of a vector', () => {
  it('have the bit length of the largest, a negative one counting by its one’s complement', () => {
    fc.assert(
      fc.property(fc.array(anyInt32), (values) => {
        const bits = fixed.bitsOf(Int32Array.from(values));
        const most = Math.max(0, ...values.map((v) => (v < 0 ? -v - 1 : v)));
        assert.equal(fixed.bitLength(bits), fixed.bitLength(most));
        assert.equal(fixed.wideShift(bits), 31 - fixed.bitLength(most));
      }),
    );
    assert.equal(fixed.bitsOf(Int32Array.of(-1, 0)), 0);
    assert.equal(fixed.bitsOf(Int32Array.of(-4, 8)), 11);
  });
});

describe('bitLength and squareRoot', () => {
  it('bitLength is the least k with v < 2^k', () => {
    fc.assert(
      fc.property(uint32, (v) => {
        const k = fixed.bitLength(v);
        assert.isTrue(v < 2 ** k && (k === 0 || v >= 2 ** (k - 1)));
      }),
    );
  });

  it('squareRoot is the floor of the root, exactly', () => {
    fc.assert(
      fc.property(uint32, (v) => {
        const root = BigInt(fixed.squareRoot(v));
        assert.isTrue(root * root <= BigInt(v) && (root + 1n) ** 2n > BigInt(v));
      }),
    );
    for (let root = 1; root < 65536; root += 1) {
      assert.equal(fixed.squareRoot(root * root), root);
      assert.equal(fixed.squareRoot(root * root - 1), root - 1);
    }
  });
});

describe('scales', () => {
  it('normalize rounds a value to the nearest 16 bits, halves up', () => {
    fc.assert(
      fc.property(uint32, exponent, (v, e) => {
        const found = fixed.normalize(v, e);
        if (v === 0) return assert.deepEqual(found, fixed.zeroScale);
        assertNormal(found);
        const step = 2 ** Math.max(0, fixed.bitLength(v) - 16);
        assert.equal(found.m * 2 ** (found.e - e), Math.floor(v / step + 0.5) * step);
      }),
    );
  });

  it('normalizeLong does so with the upper 32 bits of a value', () => {
    const long = fc.oneof(fc.integer({ min: 0, max: 2 ** 53 - 1 }), uint32, fc.constantFrom(2 ** 53 - 1));
    fc.assert(
      fc.property(long, exponent, (v, e) => {
        const found = fixed.normalizeLong(v, e);
        if (v < 2 ** 32) return assert.deepEqual(found, fixed.normalize(v, e));
        assertNormal(found);
        assert.isAtMost(relativeError(value(found), v * 2 ** e), 2 ** -16 + 2 ** -31);
      }),
    );
  });

  it('scaleOf is the nearest scale of a double', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-25, max: 1e12, noNaN: true }), (v) => {
        assertNormal(fixed.scaleOf(v));
        assert.isAtMost(relativeError(value(fixed.scaleOf(v)), v), 2 ** -16);
      }),
    );
    for (let e = -90; e < 40; e += 1)
      for (const v of [2 ** e, 2 ** e * (1 - 2 ** -50), 2 ** e * (1 - 2 ** -24), 2 ** e * (1 + 2 ** -52)]) {
        assertNormal(fixed.scaleOf(v));
        assert.isAtMost(relativeError(value(fixed.scaleOf(v)), v), 2 ** -16);
      }
    assert.deepEqual(fixed.scaleOf(0), fixed.zeroScale);
  });

  it('mulScale and addScale stay within their errors', () => {
    fc.assert(
      fc.property(scale, scale, (a, b) => {
        const [product, sum] = [fixed.mulScale(a, b), fixed.addScale(a, b)];
        assertNormal(product);
        assertNormal(sum);
        assert.isAtMost(relativeError(value(product), value(a) * value(b)), 2 ** -16);
        assert.isAtMost(relativeError(value(sum), value(a) + value(b)), 2 ** -15);
        assert.deepEqual(fixed.addScale(b, a), sum);
      }),
      { numRuns: 5000 },
    );
  });

  it('reciprocal and reciprocalRoot stay within their errors, with a quotient of at most 17 bits', () => {
    for (let m = 0x8000; m <= 0xffff; m += 1)
      for (const e of [-31, -16, 0, 7]) {
        const a = { m, e };
        const [inverse, root] = [fixed.reciprocal(a), fixed.reciprocalRoot(a)];
        if (m % 97 === 0) assertNormal(root);
        if (relativeError(value(inverse), 1 / value(a)) >= 2 ** -15) assert.fail(`1 / (${m}, ${e})`);
        if (relativeError(value(root), 1 / Math.sqrt(value(a))) >= 2 ** -14) assert.fail(`1 / √(${m}, ${e})`);
      }
  });

  it('takes zero as zero', () => {
    const { zeroScale } = fixed;
    const a = { m: 40000, e: 3 };
    assert.deepEqual(fixed.mulScale(a, zeroScale), zeroScale);
    assert.deepEqual(fixed.addScale(a, zeroScale), a);
    assert.deepEqual(fixed.addScale(zeroScale, a), a);
    assert.deepEqual(fixed.reciprocal(zeroScale), zeroScale);
    assert.deepEqual(fixed.reciprocalRoot(zeroScale), zeroScale);
    assert.deepEqual(fixed.shiftScale(zeroScale, 5), zeroScale);
  });

  it('shifts and makes powers of two exactly', () => {
    fc.assert(
      fc.property(scale, exponent, (a, bits) => {
        assert.equal(value(fixed.shiftScale(a, bits)), value(a) * 2 ** bits);
        assert.equal(value(fixed.powerOfTwo(bits)), 2 ** bits);
      }),
    );
  });
});
