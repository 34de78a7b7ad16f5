// scale_rows_s32 by SMMULR: product with the row's scale, rounded, in one instruction. ref/scale_rows_s32.c
// defines it.
#include "kernels.h"

// A sum doubled, like a scale times 2^15, still fits a word.
static inline int32_t scaled(int32_t sum, uint32_t room, uint32_t scale) {
    int32_t product;
    __asm__("smmulr %0, %1, %2"
            : "=r"(product)
            : "r"((int32_t)((uint32_t)sum << (room + 1))), "r"((int32_t)(scale << 15)));
    return product;
}

// Rows of one digit.
static void scale_plain(int32_t *out, const int32_t *sums, size_t n, uint32_t room, const uint16_t *scales) {
    for (; n >= 4; n -= 4, out += 4, sums += 4, scales += 4) {
        const int32_t a = sums[0], b = sums[1], c = sums[2], d = sums[3];
        out[0] = scaled(a, room, scales[0]);
        out[1] = scaled(b, room, scales[1]);
        out[2] = scaled(c, room, scales[2]);
        out[3] = scaled(d, room, scales[3]);
    }
    while (n-- > 0) *out++ = scaled(*sums++, room, *scales++);
}

void scale_rows_s32(int32_t *out, const int32_t *sums, size_t n_rows, size_t n_cols, size_t n_digits,
                    const uint16_t *row_scales) {
    const uint32_t room = sum_shift(n_cols, n_digits);
    if (n_digits == 1) {
        scale_plain(out, sums, n_rows, room, row_scales);
        return;
    }
    for (size_t row = 0; row < n_rows; row++) {
        int32_t sum = *sums++;
        for (size_t i = 1; i < n_digits; i++) sum += 2 * sum + *sums++;
        *out++ = scaled(sum, room, *row_scales++);
    }
}
