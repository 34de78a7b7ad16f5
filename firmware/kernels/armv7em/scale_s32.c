// scale_s32 by SMMLAR: product with the scale, rounded, plus what rounds the shift behind it, in one
// instruction. ref/scale_s32.c defines it.
#include "kernels.h"

static inline int32_t scaled(int32_t sum, uint32_t spread, int32_t m, int32_t half, uint32_t bits) {
    int32_t product;
    __asm__("smmlar %0, %1, %2, %3"
            : "=r"(product)
            : "r"((int32_t)((uint32_t)sum << spread)), "r"(m), "r"(half));
    return product >> bits;
}

// A sum doubled, like the mantissa times 2^15, still fits a word.
static void shift_right(int32_t *out, const int32_t *sums, size_t n, uint32_t spread, uint32_t m,
                        uint32_t bits) {
    const int32_t factor = (int32_t)(m << 15), half = bits == 0 ? 0 : (int32_t)(1u << (bits - 1));
    for (; n >= 4; n -= 4, out += 4, sums += 4) {
        const int32_t a = sums[0], b = sums[1], c = sums[2], d = sums[3];
        out[0] = scaled(a, spread + 1, factor, half, bits);
        out[1] = scaled(b, spread + 1, factor, half, bits);
        out[2] = scaled(c, spread + 1, factor, half, bits);
        out[3] = scaled(d, spread + 1, factor, half, bits);
    }
    while (n-- > 0) *out++ = scaled(*sums++, spread + 1, factor, half, bits);
}

void scale_s32(int32_t *out, const int32_t *sums, size_t n, size_t n_cols, struct tlm_scale unit) {
    const uint32_t spread = 30 - tlm_bit_length(127u * (uint32_t)n_cols);
    const int32_t bits = (int32_t)spread - 32 - unit.e;
    if (bits >= 0 && bits < 32) {
        shift_right(out, sums, n, spread, unit.m, (uint32_t)bits);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        const int32_t product = tlm_multiply_fraction((int32_t)((uint32_t)sums[i] << spread), unit.m);
        out[i] = bits >= 0 ? 0 : tlm_shift_left_saturated(product, (uint32_t)-bits);
    }
}
