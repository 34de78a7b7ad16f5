// norm_s32, eight elements a turn, four at a time. ref/norm_s32.c defines it.
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

// The squares of four elements, whose z it writes.
static inline __attribute__((always_inline)) uint64_t four(int32_t *z, const int32_t *in, uint32_t shift,
                                                           const int16_t *outer, const int16_t *weights,
                                                           struct largest *largest) {
    const int32_t a = wide(in[0], shift), b = wide(in[1], shift), c = wide(in[2], shift),
                  d = wide(in[3], shift);
    const int32_t *pairs = (const int32_t *)(const void *)weights, ab = pairs[0], cd = pairs[1];
    uint64_t squares;
    if (outer == NULL)
        squares = (uint64_t)(square(a) + square(b)) + (square(c) + square(d));
    else
        squares = square_of_product(a, outer[0]) + square_of_product(b, outer[1]) +
                  square_of_product(c, outer[2]) + square_of_product(d, outer[3]);
    z[0] = weighted(a, (int16_t)ab, largest);
    z[1] = weighted(b, (int16_t)(ab >> 16), largest);
    z[2] = weighted(c, (int16_t)cd, largest);
    z[3] = weighted(d, (int16_t)(cd >> 16), largest);
    return squares;
}

// The same of n elements, a multiple of 8.
static inline __attribute__((always_inline)) uint64_t eights(int32_t *z, const int32_t *in, uint32_t shift,
                                                             const int16_t *outer, const int16_t *weights,
                                                             size_t n, struct largest *largest) {
    const int32_t *end = in + n;
    uint64_t squares = 0;
    for (; in < end; in += 8, z += 8, weights += 8) {
        squares += four(z, in, shift, outer, weights, largest);
        squares += four(z + 4, in + 4, shift, outer == NULL ? NULL : outer + 4, weights + 4, largest);
        if (outer != NULL) outer += 8;
    }
    return squares;
}

// The weights start on words.
void norm_s32(int32_t *z, struct tlm_norm *norm, const int32_t *in, uint32_t shift, const int16_t *outer,
              const int16_t *weights, size_t n) {
    const size_t n_eight = n & ~(size_t)7;
    struct largest largest = {1, 1};
    uint64_t squares = outer == NULL ? eights(z, in, shift, NULL, weights, n_eight, &largest)
                                     : eights(z, in, shift, outer, weights, n_eight, &largest);
    for (size_t i = n_eight; i < n; i++) {
        const int32_t a = wide(in[i], shift);
        squares += outer == NULL ? square(a) : square_of_product(a, outer[i]);
        z[i] = weighted(a, weights[i], &largest);
    }
    norm->squares = squares;
    norm->largest = largest.above - 1;
}
