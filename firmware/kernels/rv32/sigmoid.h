// The logistic function and SiLU of one Q16 value, its table read by halves, which RV32 loads as they are.
// ref/sigmoid.h defines them. Nothing is called: what lies beyond the table is few values, but a call would
// take the registers that hold a loop's constants.
#ifndef TLM_SIGMOID_H
#define TLM_SIGMOID_H

#include "gen/tables.h"
#include "kernels.h"

// Half of the range of the table with finer steps.
enum { TLM_SIGMOID_RANGE = 0x80000 };

// The logistic function beyond it.
__attribute__((cold)) uint32_t tlm_sigmoid_tail(int32_t x);

// The logistic function as a Q16 fraction, 0 .. 65535.
static inline uint32_t tlm_sigmoid(int32_t x) {
    const uint32_t at = (uint32_t)x + TLM_SIGMOID_RANGE;
    if (__builtin_expect(at >= 2 * TLM_SIGMOID_RANGE, 0)) return tlm_sigmoid_tail(x);
    const uint16_t *halves = (const uint16_t *)(const void *)(tlm_sigmoid_steps + (at >> 12)); // entry, step
    return halves[0] + ((halves[1] * (at & 0xfffu) + 0x800u) >> 12);
}

static inline int32_t tlm_silu(int32_t x) { return tlm_multiply_fraction(x, tlm_sigmoid(x)); }

#endif
