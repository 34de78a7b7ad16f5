// gate_s32, shared among the cores.
#include "cut.h"

uint32_t gate_part_s32(int32_t *out, const int32_t *open, uint32_t shift, const int32_t *factors,
                       uint32_t factor_bits, size_t n);

struct half {
    int32_t *out;
    const int32_t *open;
    uint32_t shift;
    const int32_t *factors;
    uint32_t factor_bits;
    size_t n;
    uint32_t bits;
};

static void second(void *context) {
    struct half *h = context;
    h->bits = gate_part_s32(h->out, h->open, h->shift, h->factors, h->factor_bits, h->n);
}

uint32_t gate_s32(int32_t *out, const int32_t *open, uint32_t shift, const int32_t *factors,
                  uint32_t factor_bits, size_t n) {
    const size_t middle = tlm_middle(n);
    struct half half = {out + middle, open + middle, shift, factors + middle, factor_bits, n - middle, 0};
    tlm_hand_over(second, &half);
    const uint32_t bits = gate_part_s32(out, open, shift, factors, factor_bits, middle);
    tlm_await();
    return bits | half.bits;
}
