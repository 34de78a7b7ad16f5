// bits_s32, shared among the cores.
#include "cut.h"

uint32_t bits_part_s32(const int32_t *in, size_t n);

struct half {
    const int32_t *in;
    size_t n;
    uint32_t bits;
};

static void second(void *context) {
    struct half *h = context;
    h->bits = bits_part_s32(h->in, h->n);
}

uint32_t bits_s32(const int32_t *in, size_t n) {
    const size_t middle = tlm_middle(n);
    struct half half = {in + middle, n - middle, 0};
    tlm_hand_over(second, &half);
    const uint32_t bits = bits_part_s32(in, middle);
    tlm_await();
    return bits | half.bits;
}
