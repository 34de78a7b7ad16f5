// silu_s32 with its unit made ready once, four elements a turn. ref/silu_s32.c defines it.
#include "kernels.h"
#include <ready_unit.h>
#include <sigmoid.h>

uint32_t tlm_silu_large(int32_t *out, const int32_t *in, struct tlm_unit unit, size_t n);

static inline __attribute__((always_inline)) uint32_t two(int32_t *out, const int32_t *in,
                                                          struct tlm_ready_unit unit) {
    int32_t in0 = in[0], in1 = in[1];
    tlm_load_both(&in0, &in1);
    const int32_t a = tlm_silu(tlm_ready_to_q16(in0, unit)), b = tlm_silu(tlm_ready_to_q16(in1, unit));
    out[0] = a;
    out[1] = b;
    return tlm_bits(a) | tlm_bits(b);
}

static inline __attribute__((always_inline)) uint32_t silu(int32_t *out, const int32_t *in,
                                                           struct tlm_ready_unit unit, size_t n) {
    const int32_t *end = in + n;
    uint32_t bits = 0;
    for (; in + 4 <= end; in += 4, out += 4) {
        bits |= two(out, in, unit);
        bits |= two(out + 2, in + 2, unit);
    }
    while (in < end) {
        *out = tlm_silu(tlm_ready_to_q16(*in++, unit));
        bits |= tlm_bits(*out++);
    }
    return bits;
}

uint32_t silu_s32(int32_t *out, const int32_t *in, struct tlm_unit unit, size_t n) {
    if (tlm_is_large(unit)) return tlm_silu_large(out, in, unit, n);
    const struct tlm_ready_unit ready = tlm_ready(unit);
    return unit.room == 0 ? silu(out, in, tlm_without_room(ready), n) : silu(out, in, ready, n);
}
