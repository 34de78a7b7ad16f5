// quantize_s32_s8, shared among the cores.
#include "cut.h"

void quantize_part_s32_s8(int8_t *q, const int32_t *z, uint32_t largest, size_t n);

struct half {
    int8_t *q;
    const int32_t *z;
    uint32_t largest;
    size_t n;
};

static void second(void *context) {
    const struct half *h = context;
    quantize_part_s32_s8(h->q, h->z, h->largest, h->n);
}

void quantize_s32_s8(int8_t *q, const int32_t *z, uint32_t largest, size_t n) {
    const size_t middle = tlm_middle(n);
    struct half half = {q + middle, z + middle, largest, n - middle};
    tlm_hand_over(second, &half);
    quantize_part_s32_s8(q, z, largest, middle);
    tlm_await();
}
