// add_s32: adds to the residual stream, Q16.
#include "kernels.h"

void add_s32(int32_t *x, const int32_t *y, size_t n) {
    for (size_t i = 0; i < n; i++) x[i] = tlm_saturate(x[i] + y[i]);
}
