// quantize_s32_s8, shared among the cores.
#include "cut.h"

void quantize_part_s32_s8(int8_t *q, const int32_t *z, uint32_t largest, size_t n);

struct call {
    int8_t *q;
    const int32_t *z;
    uint32_t largest;
    size_t n;
};

static void part(const void *context, size_t index, size_t n_parts) {
    const struct call *c = context;
    const struct tlm_range range = tlm_cut(c->n, index, n_parts);
    quantize_part_s32_s8(c->q + range.first, c->z + range.first, c->largest, range.n);
}

void quantize_s32_s8(int8_t *q, const int32_t *z, uint32_t largest, size_t n) {
    const struct call call = {q, z, largest, n};
    tlm_parallel(part, &call);
}
