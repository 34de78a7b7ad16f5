// silu_s32 with its unit made ready once, two elements a turn. ref/silu_s32.c defines it.
#include "kernels.h"
#include <ready_unit.h>
#include <sigmoid.h>

uint32_t tlm_silu_large(int32_t *out, const int32_t *in, struct tlm_unit unit, size_t n);

uint32_t silu_s32(int32_t *out, const int32_t *in, struct tlm_unit unit, size_t n) {
    if (tlm_is_large(unit)) return tlm_silu_large(out, in, unit, n);
    const struct tlm_ready_unit ready = tlm_ready(unit);
    const int32_t *end = in + n;
    uint32_t bits = 0;
    if (n % 2 != 0) {
        *out = tlm_silu(tlm_ready_to_q16(*in++, ready));
        bits = tlm_bits(*out++);
    }
    for (; in < end; in += 2, out += 2) {
        const int32_t first = in[0], second = in[1];
        const int32_t a = tlm_silu(tlm_ready_to_q16(first, ready)),
                      b = tlm_silu(tlm_ready_to_q16(second, ready));
        out[0] = a;
        out[1] = b;
        bits |= tlm_bits(a) | tlm_bits(b);
    }
    return bits;
}
