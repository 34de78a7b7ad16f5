// add_s32 with its unit made ready once, four elements a turn. ref/add_s32.c defines it.
//
// A sum that leaves Q16 fits a word all the same, and shows in the bits: then all is held once more.
#include "kernels.h"
#include <ready_unit.h>

uint32_t tlm_add_large(int32_t *x, const int32_t *in, struct tlm_unit unit, size_t n);

static uint32_t hold(int32_t *x, size_t n) {
    uint32_t bits = 0;
    for (size_t i = 0; i < n; i++) {
        x[i] = tlm_saturate(x[i]);
        bits |= tlm_bits(x[i]);
    }
    return bits;
}

uint32_t add_s32(int32_t *x, const int32_t *in, struct tlm_unit unit, size_t n) {
    if (tlm_is_large(unit)) return tlm_add_large(x, in, unit, n);
    const struct tlm_ready_unit ready = tlm_ready(unit);
    int32_t *at = x, *end = x + n;
    uint32_t bits = 0;
    for (; at + 4 <= end; at += 4, in += 4) {
        const int32_t in0 = in[0], in1 = in[1], in2 = in[2], in3 = in[3];
        const int32_t a = at[0] + tlm_ready_to_q16(in0, ready), b = at[1] + tlm_ready_to_q16(in1, ready),
                      c = at[2] + tlm_ready_to_q16(in2, ready), d = at[3] + tlm_ready_to_q16(in3, ready);
        at[0] = a;
        at[1] = b;
        at[2] = c;
        at[3] = d;
        bits |= tlm_bits(a) | tlm_bits(b) | tlm_bits(c) | tlm_bits(d);
    }
    for (; at < end; at++) {
        *at += tlm_ready_to_q16(*in++, ready);
        bits |= tlm_bits(*at);
    }
    return bits > TLM_LIMIT ? hold(x, n) : bits;
}
