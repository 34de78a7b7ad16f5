// scale_rows_s32, a loop for each number of digits. ref/scale_rows_s32.c defines it.
//
// An integer of less than 16 bits and a sign times its row's scale fits a word, so that shifting it left
// first is one shift of the product.
#include "kernels.h"

#include <stdbool.h>

static inline int32_t scaled(int32_t sum, uint32_t spread, int16_t scale) {
    return tlm_multiply_weight((int32_t)((uint32_t)sum << spread), scale);
}

static void scale_shorts(int32_t *out, const int32_t *sums, size_t n_rows, bool is_pairs, uint32_t places,
                         const int16_t *scales) {
    const int16_t *end = scales + n_rows;
    if (is_pairs) {
#pragma GCC unroll 4
        for (; scales < end; scales++, sums += 2) *out++ = (3 * sums[0] + sums[1]) * *scales >> places;
    } else {
#pragma GCC unroll 4
        for (; scales < end; scales++) *out++ = *sums++ * *scales >> places;
    }
}

void scale_rows_s32(int32_t *out, const int32_t *sums, size_t n_rows, size_t n_cols, size_t n_digits,
                    const int16_t *row_scales) {
    const uint32_t spread = sum_shift(n_cols, n_digits);
    if (spread >= 14 && spread <= 16 && n_digits <= 2) {
        scale_shorts(out, sums, n_rows, n_digits == 2, 16 - spread, row_scales);
        return;
    }
    const int16_t *end = row_scales + n_rows;
    if (n_digits == 1) {
#pragma GCC unroll 4
        for (; row_scales < end; row_scales++) *out++ = scaled(*sums++, spread, *row_scales);
    } else if (n_digits == 2) {
#pragma GCC unroll 4
        for (; row_scales < end; row_scales++, sums += 2)
            *out++ = scaled(3 * sums[0] + sums[1], spread, *row_scales);
    } else {
        for (; row_scales < end; row_scales++, sums += 3)
            *out++ = scaled(9 * sums[0] + 3 * sums[1] + sums[2], spread, *row_scales);
    }
}
