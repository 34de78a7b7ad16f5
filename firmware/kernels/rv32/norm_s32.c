// norm_s32, two squares added up in a word before they are in two. ref/norm_s32.c defines it.
#include "kernels.h"

static inline uint32_t square(int32_t wide) { return (uint32_t)((wide >> 16) * (wide >> 16)); }

static inline int32_t weighted(int32_t wide, int16_t weight, uint32_t *largest) {
    const int32_t z = tlm_multiply_weight(wide, weight);
    if (__builtin_expect(tlm_bits(z) > *largest, 0)) *largest = tlm_bits(z);
    return z;
}

void norm_s32(int32_t *z, struct tlm_norm *norm, const int32_t *in, uint32_t shift, const int16_t *outer,
              const int16_t *weights, size_t n) {
    uint64_t squares = 0;
    uint32_t largest = 0;
    const int32_t *end = in + n;
    if (n % 2 != 0) {
        const int32_t wide = (int32_t)((uint32_t)*in++ << shift);
        squares = square(outer == NULL ? wide : tlm_multiply_weight(wide, *outer++));
        *z++ = weighted(wide, *weights++, &largest);
    }
    for (; in < end; in += 2, z += 2, weights += 2) {
        const int32_t a = (int32_t)((uint32_t)in[0] << shift), b = (int32_t)((uint32_t)in[1] << shift);
        if (outer == NULL) {
            squares += square(a) + square(b);
        } else {
            squares += square(tlm_multiply_weight(a, outer[0])) + square(tlm_multiply_weight(b, outer[1]));
            outer += 2;
        }
        z[0] = weighted(a, weights[0], &largest);
        z[1] = weighted(b, weights[1], &largest);
    }
    norm->squares = squares;
    norm->largest = largest;
}
