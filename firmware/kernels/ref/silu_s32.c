// silu_s32: x * logistic(x), Q16.
#include "kernels.h"
#include <sigmoid.h> // of ref, or of the core class

void silu_s32(int32_t *out, const int32_t *x, size_t n) {
    for (size_t i = 0; i < n; i++) out[i] = tlm_silu(x[i]);
}
