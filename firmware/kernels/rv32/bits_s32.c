// bits_s32, eight words a turn. ref/bits_s32.c defines it.
#include "kernels.h"

uint32_t bits_s32(const int32_t *in, size_t n) {
    uint32_t bits = 0;
    const int32_t *end = in + n;
    for (; in + 8 <= end; in += 8) {
        bits |= tlm_bits(in[0]) | tlm_bits(in[1]) | tlm_bits(in[2]) | tlm_bits(in[3]);
        bits |= tlm_bits(in[4]) | tlm_bits(in[5]) | tlm_bits(in[6]) | tlm_bits(in[7]);
    }
    for (; in < end; in++) bits |= tlm_bits(*in);
    return bits;
}
