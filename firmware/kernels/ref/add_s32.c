// add_s32: adds to the residual stream, Q16.
#include "kernels.h"
#include <unit.h>

uint32_t add_s32(int32_t *x, const int32_t *in, struct tlm_unit unit, size_t n) {
    uint32_t bits = 0;
    for (size_t i = 0; i < n; i++) {
        x[i] = tlm_saturate(x[i] + tlm_to_q16(in[i], unit));
        bits |= tlm_bits(x[i]);
    }
    return bits;
}
