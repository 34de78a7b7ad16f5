// norm_s32, shared among the cores.
#include "cut.h"

void norm_part_s32(int32_t *z, struct tlm_norm *norm, const int32_t *in, uint32_t shift, const int16_t *outer,
                   const int16_t *weights, size_t n);

struct half {
    int32_t *z;
    const int32_t *in;
    uint32_t shift;
    const int16_t *outer, *weights;
    size_t n;
    struct tlm_norm norm;
};

static void second(void *context) {
    struct half *h = context;
    norm_part_s32(h->z, &h->norm, h->in, h->shift, h->outer, h->weights, h->n);
}

void norm_s32(int32_t *z, struct tlm_norm *norm, const int32_t *in, uint32_t shift, const int16_t *outer,
              const int16_t *weights, size_t n) {
    const size_t middle = tlm_middle(n);
    struct half half;
    half.z = z + middle;
    half.in = in + middle;
    half.shift = shift;
    half.outer = outer == NULL ? NULL : outer + middle;
    half.weights = weights + middle;
    half.n = n - middle;
    tlm_hand_over(second, &half);
    norm_part_s32(z, norm, in, shift, outer, weights, middle);
    tlm_await();
    norm->squares += half.norm.squares;
    if (half.norm.largest > norm->largest) norm->largest = half.norm.largest;
}
