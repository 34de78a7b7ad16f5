// norm_s32, shared among the cores.
#include "cut.h"

void norm_part_s32(int32_t *z, struct tlm_norm *norm, const int32_t *in, uint32_t shift, const int16_t *outer,
                   const int16_t *weights, size_t n);

struct call {
    int32_t *z;
    struct tlm_norm *norms; // of each part
    const int32_t *in;
    uint32_t shift;
    const int16_t *outer, *weights;
    size_t n;
};

static void part(const void *context, size_t index, size_t n_parts) {
    const struct call *c = context;
    const struct tlm_range range = tlm_cut(c->n, index, n_parts);
    const size_t at = range.first;
    norm_part_s32(c->z + at, c->norms + index, c->in + at, c->shift, c->outer == NULL ? NULL : c->outer + at,
                  c->weights + at, range.n);
}

void norm_s32(int32_t *z, struct tlm_norm *norm, const int32_t *in, uint32_t shift, const int16_t *outer,
              const int16_t *weights, size_t n) {
    struct tlm_norm norms[TLM_PARTS_MAX];
    norms[1].squares = 0, norms[1].largest = 0; // where there is one part
    const struct call call = {z, norms, in, shift, outer, weights, n};
    tlm_parallel(part, &call);
    norm->squares = norms[0].squares + norms[1].squares;
    norm->largest = norms[0].largest > norms[1].largest ? norms[0].largest : norms[1].largest;
}
