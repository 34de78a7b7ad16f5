// silu_s32, shared among the cores.
#include "cut.h"

uint32_t silu_part_s32(int32_t *out, const int32_t *in, struct tlm_unit unit, size_t n);

struct call {
    int32_t *out;
    const int32_t *in;
    struct tlm_unit unit;
    size_t n;
    uint32_t *bits; // of each part
};

static void part(const void *context, size_t index, size_t n_parts) {
    const struct call *c = context;
    const struct tlm_range range = tlm_cut(c->n, index, n_parts);
    c->bits[index] = silu_part_s32(c->out + range.first, c->in + range.first, c->unit, range.n);
}

uint32_t silu_s32(int32_t *out, const int32_t *in, struct tlm_unit unit, size_t n) {
    uint32_t bits[TLM_PARTS_MAX] = {0, 0};
    const struct call call = {out, in, unit, n, bits};
    tlm_parallel(part, &call);
    return bits[0] | bits[1];
}
