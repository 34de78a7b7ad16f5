// Integers as Q16, by what is found out of a unit once. ref/unit.h defines them.
#ifndef TLM_UNIT_H
#define TLM_UNIT_H

#include "kernels.h"

// An integer is shifted left by room, multiplied by m and shifted right by places, half of what is shifted
// out added first; or shifted left, as no sound model's is.
struct tlm_ready_unit {
    uint32_t room, m, places, left;
    int32_t half;
};

// 31 places round to 0 as more do.
static inline struct tlm_ready_unit tlm_ready(struct tlm_unit unit) {
    const int32_t bits = (int32_t)unit.room - 32 - unit.scale.e;
    const uint32_t places = bits < 0 ? 0 : bits > 31 ? 31 : (uint32_t)bits;
    const struct tlm_ready_unit ready = {unit.room, unit.scale.m, places, bits < 0 ? (uint32_t)-bits : 0,
                                         (int32_t)(1u << places >> 1)};
    return ready;
}

static inline int32_t tlm_ready_to_q16(int32_t value, struct tlm_ready_unit unit) {
    const int32_t product = tlm_multiply_scale((int32_t)((uint32_t)value << unit.room), unit.m);
    if (__builtin_expect(unit.left != 0, 0)) return tlm_shift_left_saturated(product, unit.left);
    return (product + unit.half) >> unit.places;
}

#endif
