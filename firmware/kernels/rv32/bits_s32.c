// bits_s32, sixteen words a turn. ref/bits_s32.c defines it.
#include "kernels.h"

static inline uint32_t four(const int32_t *in) {
    return tlm_bits(in[0]) | tlm_bits(in[1]) | tlm_bits(in[2]) | tlm_bits(in[3]);
}

uint32_t bits_s32(const int32_t *in, size_t n) {
    uint32_t bits = 0;
    const int32_t *end = in + n;
    for (; in + 16 <= end; in += 16) bits |= four(in) | four(in + 4) | four(in + 8) | four(in + 12);
    for (; in < end; in++) bits |= tlm_bits(*in);
    return bits;
}
