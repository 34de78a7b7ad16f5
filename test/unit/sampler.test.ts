// The sampled distribution, its cuts, and the numbers behind it: docs/integer.md §8.
import { assert } from 'chai';
import fc from 'fast-check';
import { scaleToNumber } from '../../host-tools/compiler/fixed.ts';
import {
  argMax,
  greedy,
  sample,
  seededRandom,
  weigh,
  weightBits,
} from '../../host-tools/compiler/sampler.ts';
import type { IntegerLogits } from '../../host-tools/compiler/interpret.ts';
import type { SamplerOptions } from '../../host-tools/compiler/sampler.ts';

fc.configureGlobal({ seed: 1 });

/** One unit is 0.00366, as of a trained model. */
const scale = { m: 61400, e: -24 };
const logitsOf = (values: readonly number[]): IntegerLogits => ({ values: Int32Array.from(values), scale });

/** Integers of the spread that a model has. */
function randomLogits(n: number, seed: number): IntegerLogits {
  const random = seededRandom(seed);
  const bell = (): number => [1, 2, 3, 4].reduce((sum) => sum + random() / 2 ** 32 - 0.5, 0);
  return logitsOf(Array.from({ length: n }, () => Math.round(bell() * 1200)));
}

/** Probabilities of the tokens that remain, in double. */
function softmax(logits: IntegerLogits, options: SamplerOptions): number[] {
  const unit = (scaleToNumber(logits.scale) * 1000) / options.temperatureMilli;
  const largest = Math.max(...logits.values);
  const powers = Array.from(logits.values, (v) => Math.exp((v - largest) * unit));
  const order = powers.map((_, id) => id).sort((a, b) => powers[b]! - powers[a]! || a - b);
  const kept = order.slice(0, options.topK === 0 ? order.length : options.topK);
  const total = kept.reduce((sum, id) => sum + powers[id]!, 0);
  let mass = 0;
  const remaining = kept.filter((id) => {
    const isNeeded = mass < (total * options.topPMilli) / 1000;
    mass += powers[id]!;
    return isNeeded;
  });
  const share = remaining.reduce((sum, id) => sum + powers[id]!, 0);
  return powers.map((power, id) => (remaining.includes(id) ? power / share : 0));
}

/** How often each token came in n draws. */
function frequencies(logits: IntegerLogits, options: SamplerOptions, n: number): number[] {
  const random = seededRandom(42);
  const counts = Array.from(logits.values, () => 0);
  for (let i = 0; i < n; i += 1) counts[sample(logits, options, random)]! += 1;
  return counts;
}

/** Chi-square over the tokens that are expected 5 times or more, per degree of freedom. */
function chiSquare(counts: readonly number[], probabilities: readonly number[], n: number): number {
  const frequent = probabilities
    .map((p, id) => ({ wanted: p * n, found: counts[id]! }))
    .filter(({ wanted }) => wanted >= 5);
  const sum = frequent.reduce((all, { wanted, found }) => all + (found - wanted) ** 2 / wanted, 0);
  return sum / (frequent.length - 1);
}

describe('seededRandom', () => {
  it('is xoshiro128++: the reference outputs of the state 1, 2, 3, 4', () => {
    // From the authors' xoshiro128plusplus.c; rand_xoshiro tests with the same ten.
    const known = [
      641, 1573767, 3222811527, 3517856514, 836907274, 4247214768, 3867114732, 1355841295, 495546011,
      621204420,
    ];
    const s = Uint32Array.of(1, 2, 3, 4);
    const rotl = (x: number, k: number): number => ((x << k) | (x >>> (32 - k))) >>> 0;
    const draw = (): number => {
      const result = (rotl((s[0]! + s[3]!) >>> 0, 7) + s[0]!) >>> 0;
      const t = (s[1]! << 9) >>> 0;
      s[2]! ^= s[0]!;
      s[3]! ^= s[1]!;
      s[1]! ^= s[2]!;
      s[0]! ^= s[3]!;
      s[2]! ^= t;
      s[3] = rotl(s[3]!, 11);
      return result;
    };
    assert.deepEqual(Array.from({ length: 10 }, draw), known);
    // The same generator from the state that a seed gives: splitmix32 of the seed.
    const mix = (z: number): number => {
      z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
      z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
      return (z ^ (z >>> 15)) >>> 0;
    };
    for (const seed of [0, 1, 123456789, 4294967295]) {
      for (let i = 0; i < 4; i += 1) s[i] = mix((seed + (i + 1) * 0x9e3779b9) >>> 0);
      const random = seededRandom(seed);
      for (let i = 0; i < 100; i += 1) assert.equal(random(), draw());
    }
  });
});

describe('greedy', () => {
  it('takes the lowest id of the largest and draws nothing', () => {
    const never = (): number => assert.fail('a number was drawn');
    assert.equal(sample(logitsOf([1, 7, -3, 7, 7]), greedy, never), 1);
    assert.equal(argMax([-5, -5]), 0);
  });
});

describe('sample', () => {
  const cases: [string, SamplerOptions][] = [
    ['a temperature of 1', { temperatureMilli: 1000, topK: 0, topPMilli: 1000 }],
    ['a temperature of 0.7', { temperatureMilli: 700, topK: 0, topPMilli: 1000 }],
    ['a temperature of 2', { temperatureMilli: 2000, topK: 0, topPMilli: 1000 }],
    ['top-k 5', { temperatureMilli: 1000, topK: 5, topPMilli: 1000 }],
    ['top-p 0.8', { temperatureMilli: 1000, topK: 0, topPMilli: 800 }],
    ['all three', { temperatureMilli: 1300, topK: 20, topPMilli: 900 }],
  ];
  for (const [what, options] of cases)
    it(`follows the float softmax with ${what}`, () => {
      const logits = randomLogits(64, 5);
      const wanted = softmax(logits, options);
      const counts = frequencies(logits, options, 20_000);
      // 1.75 per degree is passed once in a thousand where there are 40 degrees.
      assert.isBelow(chiSquare(counts, wanted, 20_000), wanted.filter((p) => p > 0).length > 20 ? 1.75 : 3.5);
      counts.forEach((n, id) => {
        if (wanted[id] === 0) assert.equal(n, 0, `token ${id} is cut and came`);
      });
    });

  it('weighs within 0.2 % of the float softmax, wherever a weight is not tiny', () => {
    for (const n of [23, 1024, 32000]) {
      const logits = randomLogits(n, n);
      const weights = weigh(logits, 800);
      const bits = weightBits(n);
      const largest = Math.max(...logits.values);
      weights.forEach((weight, id) => {
        const real = Math.exp(((logits.values[id]! - largest) * scaleToNumber(scale)) / 0.8) * 2 ** bits;
        assert.closeTo(weight, real, 1 + real * 2e-3);
      });
      assert.isAtMost(
        weights.reduce((sum, weight) => sum + weight, 0),
        2 ** 31,
      );
    }
  });

  it('draws one number for each token', () => {
    for (const [, options] of cases) {
      let n = 0;
      const random = (): number => ((n += 1), 0x8000_0000);
      sample(randomLogits(300, 1), options, random);
      assert.equal(n, 1);
    }
  });

  it('keeps the lowest ids of a tie at the edge of top-k and of top-p', () => {
    const seen = (logits: IntegerLogits, options: SamplerOptions): number[] =>
      frequencies(logits, options, 500).flatMap((n, id) => (n > 0 ? [id] : []));
    const ties = logitsOf([0, 50, 0, 0, 50, 0]);
    assert.deepEqual(seen(ties, { temperatureMilli: 1000, topK: 3, topPMilli: 1000 }), [0, 1, 4]);
    assert.deepEqual(seen(ties, { temperatureMilli: 1000, topK: 1, topPMilli: 1000 }), [1]);
    assert.deepEqual(seen(ties, { temperatureMilli: 1000, topK: 4, topPMilli: 1000 }), [0, 1, 2, 4]);
    const equal = logitsOf([7, 7, 7, 7, 7, 7, 7, 7, 7, 7]);
    assert.deepEqual(seen(equal, { temperatureMilli: 1000, topK: 0, topPMilli: 300 }), [0, 1, 2]);
    assert.deepEqual(seen(equal, { temperatureMilli: 1000, topK: 5, topPMilli: 500 }), [0, 1, 2]);
    assert.deepEqual(seen(equal, { temperatureMilli: 1000, topK: 0, topPMilli: 1 }), [0]);
  });

  it('cuts to the same set as a sort does, whatever the options', () => {
    const options = fc.record({
      temperatureMilli: fc.integer({ min: 1, max: 8000 }),
      topK: fc.integer({ min: 0, max: 40 }),
      topPMilli: fc.integer({ min: 1, max: 1000 }),
    });
    const values = fc.array(fc.integer({ min: -3000, max: 3000 }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(values, options, fc.integer({ min: 0, max: 2 ** 32 - 1 }), (numbers, chosen, number) => {
        const logits = logitsOf(numbers);
        const weights = weigh(logits, chosen.temperatureMilli);
        const order = [...weights.keys()].sort((a, b) => weights[b]! - weights[a]! || a - b);
        let kept = order.slice(0, chosen.topK || order.length);
        if (chosen.topPMilli < 1000) {
          const total = kept.reduce((sum, id) => sum + BigInt(weights[id]!), 0n) * BigInt(chosen.topPMilli);
          let mass = 0n;
          kept = kept.filter((id) => {
            const isNeeded = mass * 1000n < total;
            mass += BigInt(weights[id]!);
            return isNeeded;
          });
        }
        const ids = kept.sort((a, b) => a - b);
        const sum = ids.reduce((all, id) => all + BigInt(weights[id]!), 0n);
        let rest = (BigInt(number) * sum) >> 32n;
        const wanted = ids.find((id) => {
          if (rest < BigInt(weights[id]!)) return true;
          rest -= BigInt(weights[id]!);
          return false;
        });
        assert.equal(
          sample(logits, chosen, () => number),
          wanted,
        );
      }),
      { numRuns: 3000 },
    );
  });

  it('takes extreme scales: all alike, or the largest alone', () => {
    const some = Int32Array.of(0, 100, -100);
    const options = { temperatureMilli: 1000, topK: 0, topPMilli: 1000 };
    const at = (e: number): number[] => [...weigh({ values: some, scale: { m: 0x8000, e } }, 1000)];
    assert.deepEqual(at(-90), [2 ** 24, 2 ** 24, 2 ** 24]);
    assert.deepEqual(at(40), [0, 2 ** 24, 0]);
    assert.deepEqual(at(400), [0, 2 ** 24, 0]);
    assert.equal(
      sample({ values: some, scale: { m: 0, e: 0 } }, options, () => 2 ** 32 - 1),
      2,
    );
  });
});
