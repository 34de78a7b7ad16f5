// The rounding rule and the products of the integer program by the upper words that RV32M gives: a factor in
// the upper half of a word leaves its product with a word there. Equal to ref/ for every argument.
#ifndef TLM_RV32_MULTIPLY_H
#define TLM_RV32_MULTIPLY_H

#ifndef __riscv_mul
#include "../ref/multiply.h"
#else

#include <stdint.h>

// floor((value + 2^(bits - 1)) / 2^bits); bits 0 leaves it, 32 or more give 0.
static inline int32_t tlm_round_shift(int32_t value, uint32_t bits) {
    if (bits == 0) return value;
    if (bits >= 32) return 0;
    return (value >> bits) + ((value >> (bits - 1)) & 1);
}
_Static_assert(-3 >> 1 == -2, "right shifts of negative numbers are arithmetic");

// floor(value * weight / 2^16), any value.
static inline int32_t tlm_multiply_weight(int32_t value, int16_t weight) {
    return (int32_t)(((int64_t)value * (int32_t)((uint32_t)weight << 16)) >> 32);
}

// The same with an unsigned fraction, Q16.
static inline int32_t tlm_multiply_scale(int32_t value, uint32_t fraction) {
    int32_t high;
    __asm__("mulhsu %0, %1, %2" : "=r"(high) : "r"(value), "r"(fraction << 16));
    return high;
}

// The same rounded: floor((value * fraction + 2^15) / 2^16); the highest bit of the lower word rounds.
static inline int32_t tlm_multiply_fraction(int32_t value, uint32_t fraction) {
    const uint32_t low = (uint32_t)value * (fraction << 16);
    return tlm_multiply_scale(value, fraction) + (int32_t)(low >> 31);
}

#endif
#endif
