// The logistic function and SiLU of one Q16 value, the inner table first: fewer branches and shifts by
// constants. ref/sigmoid.h defines them.
#ifndef TLM_SIGMOID_H
#define TLM_SIGMOID_H

#define TLM_SIGMOID_TABLES
#include "gen/tables.h"
#include "kernels.h"

// Between two entries; (a << bits) + slope * part < 2^31, so one rounding of the whole is that of the part.
static inline uint32_t tlm_between(const uint16_t *table, uint32_t at, uint32_t bits) {
    const uint16_t *entry = table + (at >> bits);
    const int32_t a = entry[0], slope = entry[1] - a, part = (int32_t)(at & ((1u << bits) - 1));
    return (uint32_t)(slope * part + (int32_t)(((uint32_t)a << bits) + (1u << (bits - 1)))) >> bits;
}

// The logistic function as a Q16 fraction, 0 .. 65535.
static inline uint32_t tlm_sigmoid(int32_t x) {
    const uint32_t magnitude = tlm_magnitude(x);
    if (__builtin_expect(magnitude < 0x80000u, 1)) {
        uint32_t part =
            tlm_between(tlm_sigmoid_table, magnitude, 11); // never 0; a branch would be taken half the time
        __asm__("cmp %1, #0\n\tit ge\n\trsbge %0, %0, #0x10000" : "+r"(part) : "r"(x) : "cc");
        return part;
    }
    const uint32_t tail =
        magnitude >= 0x100000u ? 0 : tlm_between(tlm_sigmoid_tail_table, magnitude - 0x80000u, 14);
    if (x < 0) return tail;
    return tail == 0 ? 0xffffu : 0x10000u - tail;
}

// x is within TLM_LIMIT: doubled, it still fits a word.
static inline int32_t tlm_silu(int32_t x) {
    return tlm_product_high((int32_t)((uint32_t)x << 1), (int32_t)(tlm_sigmoid(x) << 15));
}

#endif
