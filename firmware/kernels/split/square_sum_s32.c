// square_sum_s32, shared among the cores.
#include "cut.h"

uint64_t square_sum_part_s32(const int32_t *in, uint32_t shift, size_t n);

struct half {
    const int32_t *in;
    uint32_t shift;
    size_t n;
    uint64_t sum;
};

static void second(void *context) {
    struct half *h = context;
    h->sum = square_sum_part_s32(h->in, h->shift, h->n);
}

uint64_t square_sum_s32(const int32_t *in, uint32_t shift, size_t n) {
    const size_t middle = tlm_middle(n);
    struct half half = {in + middle, shift, n - middle, 0};
    tlm_hand_over(second, &half);
    const uint64_t sum = square_sum_part_s32(in, shift, middle);
    tlm_await();
    return sum + half.sum;
}
