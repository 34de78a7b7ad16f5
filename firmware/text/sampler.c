// The sampler. Twin: host-tools/compiler/sampler.ts; golden stories hold the two equal.
#include "sampler.h"

#define TLM_POWER_TABLE
#include "gen/tables.h"
#include "kernels.h"

static uint32_t rotate(uint32_t value, uint32_t bits) { return value << bits | value >> (32 - bits); }

// Four outputs of splitmix32.
void tlm_sampler_seed(struct tlm_sampler *sampler, uint32_t seed) {
    for (uint32_t i = 0; i < 4; i++) {
        seed += 0x9e3779b9u;
        uint32_t z = seed;
        z = (z ^ z >> 16) * 0x21f0aaadu;
        z = (z ^ z >> 15) * 0x735a2d97u;
        sampler->state[i] = z ^ z >> 15;
    }
}

// xoshiro128++ (Blackman and Vigna, 2019).
static uint32_t draw(uint32_t s[4]) {
    const uint32_t result = rotate(s[0] + s[3], 7) + s[0], t = s[1] << 9;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 11);
    return result;
}

// Loops over the vocabulary test at their end: a compiler that aims for size leaves them so.
static uint32_t arg_max(const int32_t *values, uint32_t n) {
    uint32_t best = 0, i = 0;
    int32_t largest = values[0];
    do {
        const int32_t value = values[i];
        if (value > largest) {
            largest = value;
            best = i;
        }
    } while (++i < n);
    return best;
}

// 2^-x of a Q16 x in units of 2^-bits, 15 <= bits <= 24.
static uint32_t power_of_half(uint32_t x, uint32_t bits) {
    const uint32_t whole = x >> 16, i = x >> 8 & 0xffu;
    if (whole > bits) return 0;
    const int32_t slope = (int32_t)tlm_power_table[i + 1] - (int32_t)tlm_power_table[i];
    const int32_t fraction = (int32_t)tlm_power_table[i] + tlm_round_shift(slope * (int32_t)(x & 0xffu), 8);
    return (uint32_t)fraction << (bits - 15) >> whole;
}

// 2^-(distance * slope) in units of 2^-bits.
static uint32_t weight_of(uint32_t distance, struct tlm_scale slope, uint32_t bits) {
    const uint32_t product = distance * slope.m;
    const int32_t down = -16 - slope.e;
    if (down >= 32 || product == 0) return power_of_half(0, bits);
    if (down >= 0) return power_of_half(product >> down, bits);
    if (down <= -32 || product >> (32 + down) != 0) return 0;
    return power_of_half(product << -down, bits);
}

struct weights {
    uint32_t *values;
    uint32_t n, bits;
};

// Turns logits into weights in place.
static struct weights weigh(const struct tlm_engine *engine, int32_t largest, uint32_t temperature_milli) {
    const struct tlm_scale log2e = {47274, -15};
    const uint32_t n = engine->header->vocab, most = tlm_bit_length(n - 1);
    int32_t *logits = engine->work.logits;
    int32_t least = largest;
    for (uint32_t i = 0; i < n; i++) least = logits[i] < least ? logits[i] : least;
    const uint32_t reach = tlm_bit_length((uint32_t)(largest - least)), down = reach > 16 ? reach - 16 : 0;
    const struct tlm_scale inverse =
        tlm_scale_multiply(tlm_normalize(1000, 0), tlm_scale_reciprocal(tlm_normalize(temperature_milli, 0)));
    struct tlm_scale slope = tlm_scale_multiply(tlm_scale_multiply(engine->logit_scale, log2e), inverse);
    slope = tlm_scale_shift(slope, (int32_t)down);
    const struct weights weights = {(uint32_t *)logits, n, 31 - most < 24 ? 31 - most : 24};
    for (uint32_t i = 0; i < n; i++)
        weights.values[i] = weight_of((uint32_t)(largest - logits[i]) >> down, slope, weights.bits);
    return weights;
}

// Number and sum of the weights above one, and how many equal it.
struct above {
    uint32_t n, sum, ties;
};

static struct above above(const struct weights *weights, uint32_t weight) {
    struct above result = {0, 0, 0};
    const uint32_t *next = weights->values, *const end = next + weights->n;
    do {
        const uint32_t value = *next++;
        if (value > weight) {
            result.n++;
            result.sum += value;
        } else if (value == weight) {
            result.ties++;
        }
    } while (next != end);
    return result;
}

// What remains: all tokens above a weight, and the first `ties` of those at it; the sum of their weights.
struct cut {
    uint32_t weight, ties, total;
};

// The first k tokens by weight, equal ones by id. The weight is found bit by bit.
static struct cut cut_top_k(const struct weights *weights, uint32_t k) {
    struct cut cut = {0, 0, 0};
    for (uint32_t bit = k == weights->n ? 0 : 1u << weights->bits; bit != 0; bit >>= 1) {
        const uint32_t trial = cut.weight + bit;
        if (trial > 1u << weights->bits) continue;
        const struct above more = above(weights, trial);
        if (more.n + more.ties >= k) cut.weight = trial;
    }
    const struct above more = above(weights, cut.weight);
    cut.ties = k - more.n;
    cut.total = more.sum + cut.ties * cut.weight;
    return cut;
}

// The fewest of the tokens of a cut that hold a share of its weight.
static struct cut cut_top_p(const struct weights *weights, uint32_t milli, struct cut from) {
    const uint32_t needed = from.total / 1000 * milli + (from.total % 1000 * milli + 999) / 1000;
    struct cut cut = {0, 0, 0};
    for (uint32_t bit = 1u << weights->bits; bit != 0; bit >>= 1) {
        const uint32_t trial = cut.weight + bit;
        if (trial > 1u << weights->bits) continue;
        bool enough = trial <= from.weight;
        if (!enough) {
            const struct above more = above(weights, trial);
            enough = more.sum + more.ties * trial >= needed;
        }
        if (enough) cut.weight = trial;
    }
    if (cut.weight < from.weight) cut.weight = from.weight;
    const struct above more = above(weights, cut.weight);
    cut.ties = cut.weight == 0 ? 0 : (needed - more.sum + cut.weight - 1) / cut.weight;
    cut.total = more.sum + cut.ties * cut.weight;
    return cut;
}

uint16_t tlm_sample(struct tlm_sampler *sampler, const struct tlm_engine *engine) {
    const uint32_t n = engine->header->vocab;
    const uint32_t likeliest = arg_max(engine->logits, n);
    if (sampler->temperature_milli == 0) return (uint16_t)likeliest;
    const struct weights weights = weigh(engine, engine->logits[likeliest], sampler->temperature_milli);
    struct cut cut = cut_top_k(&weights, sampler->top_k == 0 || sampler->top_k > n ? n : sampler->top_k);
    if (sampler->top_p_milli < 1000) cut = cut_top_p(&weights, sampler->top_p_milli, cut);
    uint32_t rest = (uint32_t)((uint64_t)draw(sampler->state) * cut.total >> 32);
    for (uint32_t i = 0; i < n; i++) {
        const uint32_t weight = weights.values[i];
        if (weight < cut.weight || (weight == cut.weight && cut.ties == 0)) continue;
        if (weight == cut.weight) cut.ties--;
        if (rest < weight) return (uint16_t)i;
        rest -= weight;
    }
    return (uint16_t)likeliest;
}
