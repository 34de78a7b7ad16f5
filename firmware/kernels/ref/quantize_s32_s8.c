// quantize_s32_s8: wide integers to int8, the largest magnitude to 127; one division a vector.
//
// factor = 127 * 2^24 / (largest / 2^14) has 16 bits, so that in * factor / 2^38 <= 127.
#include "kernels.h"

uint32_t quantize_s32_s8(int8_t *q, const int32_t *in, size_t n) {
    uint32_t largest = 0;
    for (size_t i = 0; i < n; i++) {
        const uint32_t magnitude = tlm_magnitude(in[i]);
        if (magnitude > largest) largest = magnitude;
    }
    const uint32_t factor = largest == 0 ? 0 : (127u << 24) / (uint32_t)tlm_round_shift((int32_t)largest, 14);
    for (size_t i = 0; i < n; i++) q[i] = (int8_t)tlm_round_shift(tlm_multiply_fraction(in[i], factor), 22);
    return largest;
}
