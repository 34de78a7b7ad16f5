// add_s32 with its unit made ready once, eight elements a turn, four at a time. ref/add_s32.c defines it.
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

// Returns the bits of what it writes.
static inline __attribute__((always_inline)) uint32_t four(int32_t *x, const int32_t *in,
                                                           struct tlm_ready_unit unit) {
    const int32_t in0 = in[0], in1 = in[1], in2 = in[2], in3 = in[3];
    const int32_t a = x[0] + tlm_ready_to_q16(in0, unit), b = x[1] + tlm_ready_to_q16(in1, unit),
                  c = x[2] + tlm_ready_to_q16(in2, unit), d = x[3] + tlm_ready_to_q16(in3, unit);
    x[0] = a;
    x[1] = b;
    x[2] = c;
    x[3] = d;
    return tlm_bits(a) | tlm_bits(b) | tlm_bits(c) | tlm_bits(d);
}

static inline __attribute__((always_inline)) uint32_t add(int32_t *x, const int32_t *in,
                                                          struct tlm_ready_unit unit, size_t n) {
    int32_t *end = x + n;
    uint32_t bits = 0;
    for (; x + 8 <= end; x += 8, in += 8) {
        bits |= four(x, in, unit);
        bits |= four(x + 4, in + 4, unit);
    }
    for (; x < end; x++) {
        *x += tlm_ready_to_q16(*in++, unit);
        bits |= tlm_bits(*x);
    }
    return bits;
}

uint32_t add_s32(int32_t *x, const int32_t *in, struct tlm_unit unit, size_t n) {
    if (tlm_is_large(unit)) return tlm_add_large(x, in, unit, n);
    const struct tlm_ready_unit ready = tlm_ready(unit);
    const uint32_t bits = unit.room == 0 ? add(x, in, tlm_without_room(ready), n) : add(x, in, ready, n);
    return bits > TLM_LIMIT ? hold(x, n) : bits;
}
