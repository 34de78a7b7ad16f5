// silu_s32: x * logistic(x), Q16.
#include "kernels.h"
#include <sigmoid.h> // of ref, or of the core class
#include <unit.h>

uint32_t silu_s32(int32_t *out, const int32_t *in, struct tlm_unit unit, size_t n) {
    uint32_t bits = 0;
    for (size_t i = 0; i < n; i++) {
        out[i] = tlm_silu(tlm_to_q16(in[i], unit));
        bits |= tlm_bits(out[i]);
    }
    return bits;
}
