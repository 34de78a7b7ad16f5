// recur_s32, shared among the cores.
#include "cut.h"

uint32_t recur_part_s32(int32_t *h, int32_t *open, const int32_t *gate, struct tlm_unit gate_unit,
                        const uint16_t *bound, const int32_t *input, struct tlm_unit input_unit, size_t n);

struct half {
    int32_t *h, *open;
    const int32_t *gate;
    struct tlm_unit gate_unit;
    const uint16_t *bound;
    const int32_t *input;
    struct tlm_unit input_unit;
    size_t n;
    uint32_t bits;
};

static void second(void *context) {
    struct half *s = context;
    s->bits = recur_part_s32(s->h, s->open, s->gate, s->gate_unit, s->bound, s->input, s->input_unit, s->n);
}

uint32_t recur_s32(int32_t *h, int32_t *open, const int32_t *gate, struct tlm_unit gate_unit,
                   const uint16_t *bound, const int32_t *input, struct tlm_unit input_unit, size_t n) {
    const size_t middle = tlm_middle(n);
    struct half half = {
        h + middle,     open + middle, gate + middle, gate_unit, bound == NULL ? NULL : bound + middle,
        input + middle, input_unit,    n - middle,    0};
    tlm_hand_over(second, &half);
    const uint32_t bits = recur_part_s32(h, open, gate, gate_unit, bound, input, input_unit, middle);
    tlm_await();
    return bits | half.bits;
}
