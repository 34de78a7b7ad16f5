// recur_s32, shared among the cores.
#include "cut.h"

uint32_t recur_part_s32(int32_t *h, int32_t *open, const int32_t *gate, struct tlm_unit gate_unit,
                        const uint16_t *bound, const int32_t *input, struct tlm_unit input_unit, size_t n);

struct call {
    int32_t *h, *open;
    const int32_t *gate, *input;
    const uint16_t *bound;
    struct tlm_unit gate_unit, input_unit;
    size_t n;
    uint32_t *bits; // of each part
};

static void part(const void *context, size_t index, size_t n_parts) {
    const struct call *c = context;
    const struct tlm_range range = tlm_cut(c->n, index, n_parts);
    const size_t at = range.first;
    c->bits[index] =
        recur_part_s32(c->h + at, c->open + at, c->gate + at, c->gate_unit,
                       c->bound == NULL ? NULL : c->bound + at, c->input + at, c->input_unit, range.n);
}

uint32_t recur_s32(int32_t *h, int32_t *open, const int32_t *gate, struct tlm_unit gate_unit,
                   const uint16_t *bound, const int32_t *input, struct tlm_unit input_unit, size_t n) {
    uint32_t bits[TLM_PARTS_MAX] = {0, 0};
    const struct call call = {h, open, gate, input, bound, gate_unit, input_unit, n, bits};
    tlm_parallel(part, &call);
    return bits[0] | bits[1];
}
