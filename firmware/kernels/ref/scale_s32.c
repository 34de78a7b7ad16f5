// scale_s32: integers times a scale, as Q16.
//
// They are shifted left to just below 2^30 first, so that the 16 bits of the scale are all that is lost.
#include "kernels.h"

void scale_s32(int32_t *out, const int32_t *sums, size_t n, uint32_t room, struct tlm_scale unit) {
    const int32_t bits = (int32_t)room - 32 - unit.e;
    for (size_t i = 0; i < n; i++) {
        const int32_t product = tlm_multiply_fraction((int32_t)((uint32_t)sums[i] << room), unit.m);
        out[i] = bits >= 0 ? tlm_round_shift(product, (uint32_t)bits)
                           : tlm_shift_left_saturated(product, (uint32_t)-bits);
    }
}
