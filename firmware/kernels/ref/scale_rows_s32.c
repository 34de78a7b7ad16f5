// scale_rows_s32: adds up the sums of a row's digits and multiplies by the row's scale.
//
// |sum| <= 127 * 13 * n_cols < 2^27; it is shifted left to just below 2^30 first, so that the 16 bits
// of the scale are all that is lost.
#include "kernels.h"

void scale_rows_s32(int32_t *out, const int32_t *sums, size_t n_rows, size_t n_cols, size_t n_digits,
                    const int16_t *row_scales) {
    const uint32_t spread = sum_shift(n_cols, n_digits);
    for (size_t row = 0; row < n_rows; row++) {
        int32_t sum = 0;
        for (size_t i = 0; i < n_digits; i++) sum += 2 * sum + *sums++;
        out[row] = tlm_multiply_weight((int32_t)((uint32_t)sum << spread), row_scales[row]);
    }
}
