// An integer as Q16.
#ifndef TLM_UNIT_H
#define TLM_UNIT_H

#include "kernels.h"

// It is shifted left to just below 2^30 first, so that the 16 bits of the scale are all that is lost.
static inline int32_t tlm_to_q16(int32_t value, struct tlm_unit unit) {
    const int32_t bits = (int32_t)unit.room - 32 - unit.scale.e;
    const int32_t product = tlm_multiply_scale((int32_t)((uint32_t)value << unit.room), unit.scale.m);
    return bits >= 0 ? tlm_round_shift(product, (uint32_t)bits)
                     : tlm_shift_left_saturated(product, (uint32_t)-bits);
}

#endif
