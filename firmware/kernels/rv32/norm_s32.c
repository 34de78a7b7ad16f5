// norm_s32, four elements a turn. ref/norm_s32.c defines it.
//
// The upper half of a product is an upper word, once its weight is not shifted. Its square is less than 2^29,
// so that four and more of them fit a word; of squares of upper halves themselves only two do.
#include "kernels.h"

// What bits are compared with: z has no more than `largest` where z + above, without a sign, is at most twice
// that less one.
struct largest {
    uint32_t above, most;
};

static inline int32_t wide(int32_t value, uint32_t shift) { return (int32_t)((uint32_t)value << shift); }

static inline uint32_t square(int32_t wide) { return (uint32_t)((wide >> 16) * (wide >> 16)); }

static inline uint32_t square_of_product(int32_t wide, int16_t weight) {
    const int32_t upper = (int32_t)((int64_t)wide * weight >> 32);
    return (uint32_t)(upper * upper);
}

static inline int32_t weighted(int32_t wide, int16_t weight, struct largest *largest) {
    const int32_t z = tlm_multiply_weight(wide, weight);
    if (__builtin_expect((uint32_t)z + largest->above > largest->most, 0)) {
        largest->above = tlm_bits(z) + 1;
        largest->most = 2 * largest->above - 1;
    }
    return z;
}

// Four elements, weighted by the two words of `weights`.
static inline __attribute__((always_inline)) void weigh(int32_t *z, const int32_t *in, const int16_t *weights,
                                                        struct largest *largest) {
    const int32_t *pairs = (const int32_t *)(const void *)weights, ab = pairs[0], cd = pairs[1];
    z[0] = weighted(in[0], (int16_t)ab, largest);
    z[1] = weighted(in[1], (int16_t)(ab >> 16), largest);
    z[2] = weighted(in[2], (int16_t)cd, largest);
    z[3] = weighted(in[3], (int16_t)(cd >> 16), largest);
}

void norm_s32(int32_t *z, struct tlm_norm *norm, const int32_t *in, uint32_t shift, const int16_t *outer,
              const int16_t *weights, size_t n) {
    const int32_t *end = in + n;
    struct largest largest = {1, 1};
    uint64_t squares = 0;
    for (; in + 4 <= end; in += 4, z += 4, weights += 4) {
        const int32_t four[] = {wide(in[0], shift), wide(in[1], shift), wide(in[2], shift),
                                wide(in[3], shift)};
        if (outer == NULL) {
            squares += square(four[0]) + square(four[1]);
            squares += square(four[2]) + square(four[3]);
        } else {
            squares += square_of_product(four[0], outer[0]) + square_of_product(four[1], outer[1]) +
                       square_of_product(four[2], outer[2]) + square_of_product(four[3], outer[3]);
            outer += 4;
        }
        weigh(z, four, weights, &largest);
    }
    for (; in < end; in++) {
        const int32_t a = wide(*in, shift);
        squares += outer == NULL ? square(a) : square_of_product(a, *outer++);
        *z++ = weighted(a, *weights++, &largest);
    }
    norm->squares = squares;
    norm->largest = largest.above - 1;
}
