// add_s32 with its unit made ready once. ref/add_s32.c defines it.
#include "kernels.h"
#include <unit.h>

uint32_t add_s32(int32_t *x, const int32_t *in, struct tlm_unit unit, size_t n) {
    const struct tlm_ready_unit ready = tlm_ready(unit);
    uint32_t bits = 0;
    for (size_t i = 0; i < n; i++) {
        int32_t value = x[i] + tlm_ready_to_q16(in[i], ready);
        // Within Q16 the two upper bits are the same.
        if (__builtin_expect((value ^ (int32_t)((uint32_t)value << 1)) < 0, 0)) value = tlm_saturate(value);
        x[i] = value;
        bits |= tlm_bits(value);
    }
    return bits;
}
