// widen_s32: shifts a vector left until its largest magnitude has 30 bits. |in| <= TLM_LIMIT.
#include "kernels.h"

int32_t widen_s32(int32_t *out, const int32_t *in, size_t n) {
    uint32_t bits = 0;
    for (size_t i = 0; i < n; i++) bits |= tlm_magnitude(in[i]); // has the bit length of the largest
    const uint32_t shift = 30 - tlm_bit_length(bits);
    for (size_t i = 0; i < n; i++) out[i] = (int32_t)((uint32_t)in[i] << shift);
    return (int32_t)shift;
}
