// scale_s32: sums of a matrix times a scale, as Q16.
//
// |sum| <= 127 * n_cols; it is shifted left to just below 2^30 first, so that the 16 bits of the scale are
// all that is lost.
#include "kernels.h"

void scale_s32(int32_t *out, const int32_t *sums, size_t n, size_t n_cols, struct tlm_scale unit) {
    const uint32_t spread = 30 - tlm_bit_length(127u * (uint32_t)n_cols);
    const int32_t bits = (int32_t)spread - 32 - unit.e;
    for (size_t i = 0; i < n; i++) {
        const int32_t product = tlm_multiply_fraction((int32_t)((uint32_t)sums[i] << spread), unit.m);
        out[i] = bits >= 0 ? tlm_round_shift(product, (uint32_t)bits)
                           : tlm_shift_left_saturated(product, (uint32_t)-bits);
    }
}
