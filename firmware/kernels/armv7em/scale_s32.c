// scale_s32 by SMMLAR: product with the scale, rounded, plus what rounds the shift behind it, in one
// instruction. ref/scale_s32.c defines it.
#include "kernels.h"

static inline int32_t scaled(int32_t sum, uint32_t room, int32_t m, int32_t half, uint32_t bits) {
    int32_t product;
    __asm__("smmlar %0, %1, %2, %3"
            : "=r"(product)
            : "r"((int32_t)((uint32_t)sum << room)), "r"(m), "r"(half));
    return product >> bits;
}

// A sum doubled, like the mantissa times 2^15, still fits a word.
static void shift_right(int32_t *out, const int32_t *sums, size_t n, uint32_t room, uint32_t m,
                        uint32_t bits) {
    const int32_t factor = (int32_t)(m << 15), half = bits == 0 ? 0 : (int32_t)(1u << (bits - 1));
    for (; n >= 4; n -= 4, out += 4, sums += 4) {
        const int32_t a = sums[0], b = sums[1], c = sums[2], d = sums[3];
        out[0] = scaled(a, room + 1, factor, half, bits);
        out[1] = scaled(b, room + 1, factor, half, bits);
        out[2] = scaled(c, room + 1, factor, half, bits);
        out[3] = scaled(d, room + 1, factor, half, bits);
    }
    while (n-- > 0) *out++ = scaled(*sums++, room + 1, factor, half, bits);
}

void scale_s32(int32_t *out, const int32_t *sums, size_t n, uint32_t room, struct tlm_scale unit) {
    const int32_t bits = (int32_t)room - 32 - unit.e;
    if (bits >= 0 && bits < 32) {
        shift_right(out, sums, n, room, unit.m, (uint32_t)bits);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        const int32_t product = tlm_multiply_fraction((int32_t)((uint32_t)sums[i] << room), unit.m);
        out[i] = bits >= 0 ? 0 : tlm_shift_left_saturated(product, (uint32_t)-bits);
    }
}
