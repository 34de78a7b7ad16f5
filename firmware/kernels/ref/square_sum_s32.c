// square_sum_s32: exact, n squares of at most 2^30.
#include "kernels.h"

uint64_t square_sum_s32(const int32_t *in, uint32_t shift, size_t n) {
    uint64_t sum = 0;
    for (size_t i = 0; i < n; i++) {
        const int32_t upper = (int32_t)((uint32_t)in[i] << shift) >> 16;
        sum += (uint32_t)(upper * upper);
    }
    return sum;
}
