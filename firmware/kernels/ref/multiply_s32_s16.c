// multiply_s32_s16: wide integers times 16-bit ones. A product is rounded once; widening it again is exact.
#include "kernels.h"

int32_t multiply_s32_s16(int32_t *out, const int32_t *in, const int16_t *weights, size_t n) {
    for (size_t i = 0; i < n; i++) out[i] = tlm_multiply_weight(in[i], weights[i]);
    return widen_s32(out, out, n);
}
