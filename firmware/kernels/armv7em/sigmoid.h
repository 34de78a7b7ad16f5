// The logistic function and SiLU of one Q16 value, by the table that the kernels in assembly read.
// ref/sigmoid.h defines them.
#ifndef TLM_SIGMOID_H
#define TLM_SIGMOID_H

#define TLM_SIGMOID_WINDOWS
#include "gen/tables.h"
#include "kernels.h"

// Half of the range of the table with finer steps.
enum { TLM_SIGMOID_RANGE = 0x80000 };

// The logistic function beyond it.
uint32_t tlm_sigmoid_tail(int32_t x);

// The logistic function as a Q16 fraction, 0 .. 65535; modulo 2^32 the sum is right.
static inline uint32_t tlm_sigmoid(int32_t x) {
    const uint32_t at = (uint32_t)x + TLM_SIGMOID_RANGE;
    if (at >= 2 * TLM_SIGMOID_RANGE) return tlm_sigmoid_tail(x);
    const uint32_t entry = tlm_sigmoid_windows[at >> 12];
    return ((entry << 16) + (entry >> 16) * (uint32_t)(int16_t)x + 0x8000u) >> 16;
}

static inline int32_t tlm_silu(int32_t x) { return tlm_multiply_fraction(x, tlm_sigmoid(x)); }

#endif
