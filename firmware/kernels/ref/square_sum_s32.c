// square_sum_s32: n squares of at most 2^28, each shifted right so that the sum is at most 2^31.
#include "kernels.h"

uint32_t square_sum_s32(const int32_t *in, size_t n, uint32_t shift) {
    const uint32_t down = square_shift(n);
    uint32_t sum = 0;
    for (size_t i = 0; i < n; i++) {
        const int32_t upper = tlm_round_shift((int32_t)((uint32_t)in[i] << shift), 16);
        sum += (uint32_t)(upper * upper) >> down;
    }
    return sum;
}
