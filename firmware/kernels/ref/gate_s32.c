// gate_s32: what one half opens times the other half, which is cut to 16 bits where it has more.
#include "kernels.h"

uint32_t gate_s32(int32_t *out, const int32_t *open, uint32_t shift, const int32_t *factors,
                  uint32_t factor_bits, size_t n) {
    const uint32_t down = factor_shift(factor_bits);
    uint32_t bits = 0;
    for (size_t i = 0; i < n; i++) {
        const int32_t wide = (int32_t)((uint32_t)open[i] << shift);
        out[i] = tlm_multiply_weight(wide, (int16_t)(factors[i] >> down));
        bits |= tlm_bits(out[i]);
    }
    return bits;
}
