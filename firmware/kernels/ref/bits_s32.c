// bits_s32: how wide a vector is.
#include "kernels.h"

uint32_t bits_s32(const int32_t *in, size_t n) {
    uint32_t bits = 0;
    for (size_t i = 0; i < n; i++) bits |= tlm_bits(in[i]);
    return bits;
}
