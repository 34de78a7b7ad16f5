// The rounding rule and the products of the integer program, on any core: 16 x 16 -> 32 bits and shifts.
// docs/integer.md §1.
#ifndef TLM_MULTIPLY_H
#define TLM_MULTIPLY_H

#include <stdint.h>

// The one rounding rule: floor((value + 2^(bits - 1)) / 2^bits); bits 0 leaves it, 32 or more give 0. gcc and
// clang shift negative numbers arithmetically, which the build asserts.
static inline int32_t tlm_round_shift(int32_t value, uint32_t bits) {
    if (bits == 0) return value;
    if (bits >= 32) return 0;
    return (value >> bits) + ((value >> (bits - 1)) & 1);
}
_Static_assert(-3 >> 1 == -2, "right shifts of negative numbers are arithmetic");

// floor(value * weight / 2^16), any value, as two products of 16 bits.
static inline int32_t tlm_multiply_weight(int32_t value, int16_t weight) {
    const int32_t low = (int32_t)((uint32_t)value & 0xffffu);
    return (value >> 16) * weight + ((low * weight) >> 16);
}

// The same with an unsigned fraction, Q16.
static inline int32_t tlm_multiply_scale(int32_t value, uint32_t fraction) {
    const uint32_t low = (uint32_t)value & 0xffffu;
    return (value >> 16) * (int32_t)fraction + (int32_t)((low * fraction) >> 16);
}

// The same rounded: floor((value * fraction + 2^15) / 2^16).
static inline int32_t tlm_multiply_fraction(int32_t value, uint32_t fraction) {
    const uint32_t low = (uint32_t)value & 0xffffu;
    return (value >> 16) * (int32_t)fraction + (int32_t)((low * fraction + 0x8000u) >> 16);
}

#endif
