// quantize_s32_s8: wide integers times weights to int8, the largest magnitude to 127; one division a vector.
//
// factor = 127 * 2^24 / (largest / 2^14) has 16 bits, so that product * factor / 2^38 <= 127.
#include "kernels.h"

uint32_t quantize_s32_s8(int8_t *q, int32_t *products, const int32_t *in, const int16_t *weights, size_t n,
                         int32_t *shift) {
    *shift = multiply_s32_s16(products, in, weights, n);
    uint32_t largest = 0;
    for (size_t i = 0; i < n; i++) {
        const uint32_t magnitude = tlm_magnitude(products[i]);
        if (magnitude > largest) largest = magnitude;
    }
    const uint32_t factor = largest == 0 ? 0 : (127u << 24) / (uint32_t)tlm_round_shift((int32_t)largest, 14);
    for (size_t i = 0; i < n; i++)
        q[i] = (int8_t)tlm_round_shift(tlm_multiply_fraction(products[i], factor), 22);
    return largest;
}
