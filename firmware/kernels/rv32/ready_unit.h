// Integers as Q16, by what is found out of a unit once.
#ifndef TLM_READY_UNIT_H
#define TLM_READY_UNIT_H

#include <stdbool.h>

#include "kernels.h"

// An integer is shifted left by room, multiplied by m and shifted right by places, half of what is shifted
// out added first. ref/unit.h defines it.
struct tlm_ready_unit {
    uint32_t room, m, places;
    int32_t half;
};

// Whether an integer is shifted left at last, as no sound model's is.
static inline bool tlm_is_large(struct tlm_unit unit) { return (int32_t)unit.room - 32 < unit.scale.e; }

// Of a unit that is not large; 31 places round to 0 as more do.
static inline struct tlm_ready_unit tlm_ready(struct tlm_unit unit) {
    const uint32_t bits = (uint32_t)((int32_t)unit.room - 32 - unit.scale.e), places = bits > 31 ? 31 : bits;
    const struct tlm_ready_unit ready = {unit.room, unit.scale.m, places, (int32_t)(1u << places >> 1)};
    return ready;
}

// Two words are loaded before either is used: the compiler would put a load right ahead of its use, which
// waits for it.
static inline void tlm_load_both(int32_t *a, int32_t *b) { __asm__("" : "+r"(*a), "+r"(*b)); }

// The same unit, of room 0: the rows of a matrix with scales have none, and a loop of their own needs no
// shift for it.
static inline struct tlm_ready_unit tlm_without_room(struct tlm_ready_unit unit) {
    unit.room = 0;
    return unit;
}

static inline int32_t tlm_ready_to_q16(int32_t value, struct tlm_ready_unit unit) {
    const int32_t product = tlm_multiply_scale((int32_t)((uint32_t)value << unit.room), unit.m);
    return (product + unit.half) >> unit.places;
}

#endif
