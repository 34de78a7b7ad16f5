// quantize_s32_s8: to int8, the largest magnitude to 127; one division a vector.
//
// z shifted so that the largest has 30 bits is below `peak`, 2^29 + 1 .. 2^30; its upper 15 bits times 127 *
// 2^24 / (peak / 2^14) stay below 127 * 2^23.
#include "kernels.h"

void quantize_s32_s8(int8_t *q, const int32_t *z, uint32_t largest, size_t n) {
    const uint32_t shift = 30 - tlm_bit_length(largest), peak = (largest + 1) << shift;
    const int32_t factor = (int32_t)((127u << 24) / (uint32_t)tlm_round_shift((int32_t)peak, 14));
    for (size_t i = 0; i < n; i++) {
        const int32_t upper = (int32_t)((uint32_t)z[i] << shift) >> 15;
        q[i] = (int8_t)((upper * factor + (1 << 22)) >> 23);
    }
}
