// silu_s32 with its unit made ready once. ref/silu_s32.c defines it.
#include "kernels.h"
#include <sigmoid.h>
#include <unit.h>

uint32_t silu_s32(int32_t *out, const int32_t *in, struct tlm_unit unit, size_t n) {
    const struct tlm_ready_unit ready = tlm_ready(unit);
    uint32_t bits = 0;
    for (size_t i = 0; i < n; i++) {
        const int32_t value = tlm_silu(tlm_ready_to_q16(in[i], ready));
        out[i] = value;
        bits |= tlm_bits(value);
    }
    return bits;
}
