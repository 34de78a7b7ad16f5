// square_sum_s32, eight elements a turn, two squares added up in a word before they are in two.
// ref/square_sum_s32.c defines it.
#include "kernels.h"

static inline uint32_t square(int32_t value, uint32_t shift) {
    const int32_t upper = (int32_t)((uint32_t)value << shift) >> 16;
    return (uint32_t)(upper * upper);
}

uint64_t square_sum_s32(const int32_t *in, uint32_t shift, size_t n) {
    uint64_t sum = 0;
    const int32_t *end = in + n;
    for (; in + 8 <= end; in += 8) {
        sum += square(in[0], shift) + square(in[1], shift);
        sum += square(in[2], shift) + square(in[3], shift);
        sum += square(in[4], shift) + square(in[5], shift);
        sum += square(in[6], shift) + square(in[7], shift);
    }
    for (; in < end; in++) sum += square(*in, shift);
    return sum;
}
