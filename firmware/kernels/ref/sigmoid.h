// The logistic function and SiLU of one Q16 value: two tables with linear interpolation. docs/integer.md §4.
#ifndef TLM_SIGMOID_H
#define TLM_SIGMOID_H

#define TLM_SIGMOID_TABLES
#include "gen/tables.h"
#include "kernels.h"

// The logistic function of -magnitude, 0 .. 32768.
static inline uint32_t tlm_sigmoid_tail(uint32_t magnitude) {
    const uint16_t *table = tlm_sigmoid_table;
    uint32_t bits = 11;
    if (magnitude >= 0x100000u) return 0;
    if (magnitude >= 0x80000u) {
        table = tlm_sigmoid_tail_table;
        magnitude -= 0x80000u;
        bits = 14;
    }
    const uint32_t i = magnitude >> bits;
    const int32_t slope = (int32_t)table[i + 1] - (int32_t)table[i];
    const int32_t part = (int32_t)(magnitude & ((1u << bits) - 1));
    return (uint32_t)((int32_t)table[i] + tlm_round_shift(slope * part, bits));
}

// The logistic function as a Q16 fraction, 0 .. 65535.
static inline uint32_t tlm_sigmoid(int32_t x) {
    const uint32_t tail = tlm_sigmoid_tail(tlm_magnitude(x));
    if (x < 0) return tail;
    return tail == 0 ? 0xffffu : 0x10000u - tail;
}

static inline int32_t tlm_silu(int32_t x) { return tlm_multiply_fraction(x, tlm_sigmoid(x)); }

#endif
