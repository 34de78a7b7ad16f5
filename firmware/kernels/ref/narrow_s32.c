// narrow_s32: rounds a vector to 16 bits; one that fits stays exact. |in| <= TLM_LIMIT.
#include "kernels.h"

int32_t narrow_s32(int16_t *out, const int32_t *in, size_t n) {
    uint32_t largest = 0;
    for (size_t i = 0; i < n; i++) {
        const uint32_t magnitude = tlm_magnitude(in[i]);
        if (magnitude > largest) largest = magnitude;
    }
    const uint32_t shift = largest <= 0x7fff ? 0 : tlm_bit_length(largest) - 14;
    for (size_t i = 0; i < n; i++) out[i] = (int16_t)tlm_round_shift(in[i], shift);
    return (int32_t)shift;
}
