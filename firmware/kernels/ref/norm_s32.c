// norm_s32: a norm up to its root, and the largest of what is to be quantised, in one pass. The product of
// both norms' weights is rounded once, by the compiler; the outer weights are needed for the mean of the
// squares alone.
#include "kernels.h"

void norm_s32(int32_t *z, struct tlm_norm *norm, const int32_t *in, uint32_t shift, const int16_t *outer,
              const int16_t *weights, size_t n) {
    *norm = (struct tlm_norm){0, 0};
    for (size_t i = 0; i < n; i++) {
        const int32_t wide = (int32_t)((uint32_t)in[i] << shift);
        const int32_t upper = (outer == NULL ? wide : tlm_multiply_weight(wide, outer[i])) >> 16;
        norm->squares += (uint32_t)(upper * upper);
        z[i] = tlm_multiply_weight(wide, weights[i]);
        if (tlm_bits(z[i]) > norm->largest) norm->largest = tlm_bits(z[i]);
    }
}
