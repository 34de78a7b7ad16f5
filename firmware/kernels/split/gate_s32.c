// gate_s32, shared among the cores.
#include "cut.h"

uint32_t gate_part_s32(int32_t *out, const int32_t *open, uint32_t shift, const int32_t *factors,
                       uint32_t factor_bits, size_t n);

struct call {
    int32_t *out;
    const int32_t *open, *factors;
    uint32_t shift, factor_bits;
    size_t n;
    uint32_t *bits; // of each part
};

static void part(const void *context, size_t index, size_t n_parts) {
    const struct call *c = context;
    const struct tlm_range range = tlm_cut(c->n, index, n_parts);
    const size_t at = range.first;
    c->bits[index] =
        gate_part_s32(c->out + at, c->open + at, c->shift, c->factors + at, c->factor_bits, range.n);
}

uint32_t gate_s32(int32_t *out, const int32_t *open, uint32_t shift, const int32_t *factors,
                  uint32_t factor_bits, size_t n) {
    uint32_t bits[TLM_PARTS_MAX] = {0, 0};
    const struct call call = {out, open, factors, shift, factor_bits, n, bits};
    tlm_parallel(part, &call);
    return bits[0] | bits[1];
}
