// gate_s32, eight elements a turn, four at a time. ref/gate_s32.c defines it.
#include "kernels.h"

static inline int32_t gated(int32_t open, uint32_t shift, int32_t factor, uint32_t down) {
    return tlm_multiply_weight((int32_t)((uint32_t)open << shift), (int16_t)(factor >> down));
}

// Returns the bits of what it writes.
static inline __attribute__((always_inline)) uint32_t four(int32_t *out, const int32_t *open, uint32_t shift,
                                                           const int32_t *factors, uint32_t down) {
    const int32_t a = gated(open[0], shift, factors[0], down), b = gated(open[1], shift, factors[1], down),
                  c = gated(open[2], shift, factors[2], down), d = gated(open[3], shift, factors[3], down);
    out[0] = a;
    out[1] = b;
    out[2] = c;
    out[3] = d;
    return tlm_bits(a) | tlm_bits(b) | tlm_bits(c) | tlm_bits(d);
}

uint32_t gate_s32(int32_t *out, const int32_t *open, uint32_t shift, const int32_t *factors,
                  uint32_t factor_bits, size_t n) {
    const uint32_t down = factor_shift(factor_bits);
    const int32_t *end = open + n;
    uint32_t bits = 0;
    for (; open + 8 <= end; open += 8, factors += 8, out += 8) {
        bits |= four(out, open, shift, factors, down);
        bits |= four(out + 4, open + 4, shift, factors + 4, down);
    }
    while (open < end) {
        *out = gated(*open++, shift, *factors++, down);
        bits |= tlm_bits(*out++);
    }
    return bits;
}
