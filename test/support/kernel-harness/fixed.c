// Runs all functions of fixed.h on rows of five words: a, b, shift, and the exponents of scales a and b.
// Twin: expected() in test/device/fixed.test.ts.
#include "runners.h"

enum { RESULTS_MAX = 32 };

// Scales take their mantissa from the low 16 bits of a and b, with the top bit set unless all are zero.
static struct tlm_scale scale_from(uint32_t word, int32_t e) {
    const struct tlm_scale zero = {0, 0}, scale = {(word & 0xffffu) | 0x8000u, e};
    return (word & 0xffffu) == 0 ? zero : scale;
}

static uint32_t *put_scale(uint32_t *out, struct tlm_scale scale) {
    *out++ = scale.m;
    *out++ = (uint32_t)scale.e;
    return out;
}

static void run_fixed(void) {
    const struct array in = take_array(0);
    for (uint32_t i = 0; i < in.n_bytes / 20; i++) {
        const uint32_t *row = (const uint32_t *)in.values + 5 * i;
        const int32_t a = (int32_t)row[0], b = (int32_t)row[1], held = a % (TLM_LIMIT + 1);
        const uint32_t shift = row[2], mark = reserved();
        const struct tlm_scale left = scale_from(row[0], (int32_t)row[3]),
                               right = scale_from(row[1], (int32_t)row[4]);
        uint32_t *results = reserve(4 * RESULTS_MAX), *out = results;
        *out++ = (uint32_t)tlm_round_shift(a, shift);
        *out++ = (uint32_t)tlm_shift_left_saturated(held, shift);
        *out++ = (uint32_t)tlm_saturate(a);
        *out++ = tlm_bit_length(row[0]);
        *out++ = tlm_bits(a);
        *out++ = tlm_wide_shift(tlm_bits(a));
        *out++ = (uint32_t)tlm_multiply_weight(a, (int16_t)(uint16_t)row[1]);
        *out++ = (uint32_t)tlm_multiply_scale(a, (uint16_t)b);
        *out++ = (uint32_t)tlm_multiply_fraction(a, (uint16_t)b);
        *out++ = tlm_square_root(row[0]);
        *out++ = tlm_magnitude(a);
        out = put_scale(out, tlm_normalize(row[0], (int32_t)row[3]));
        out = put_scale(out, tlm_normalize_long((uint64_t)(row[1] >> 11) << 32 | row[0], (int32_t)row[3]));
        out = put_scale(out, tlm_scale_multiply(left, right));
        out = put_scale(out, tlm_scale_add(left, right));
        out = put_scale(out, tlm_scale_shift(left, (int32_t)row[4]));
        out = put_scale(out, tlm_scale_reciprocal_root(left));
        out = put_scale(out, tlm_scale_reciprocal(left));
        out = put_scale(out, tlm_scale_power((int32_t)row[3]));
        while (out < results + RESULTS_MAX) *out++ = 0;
        put(results, 4 * RESULTS_MAX);
        release(mark);
    }
}

const struct runner fixed_runners[] = {{"fixed", run_fixed}, {"", NULL}};
