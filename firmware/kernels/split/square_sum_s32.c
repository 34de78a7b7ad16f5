// square_sum_s32, shared among the cores.
#include "cut.h"

uint64_t square_sum_part_s32(const int32_t *in, uint32_t shift, size_t n);

struct call {
    const int32_t *in;
    uint32_t shift;
    size_t n;
    uint64_t *sums; // of each part
};

static void part(const void *context, size_t index, size_t n_parts) {
    const struct call *c = context;
    const struct tlm_range range = tlm_cut(c->n, index, n_parts);
    c->sums[index] = square_sum_part_s32(c->in + range.first, c->shift, range.n);
}

uint64_t square_sum_s32(const int32_t *in, uint32_t shift, size_t n) {
    uint64_t sums[TLM_PARTS_MAX] = {0, 0};
    const struct call call = {in, shift, n, sums};
    tlm_parallel(part, &call);
    return sums[0] + sums[1];
}
