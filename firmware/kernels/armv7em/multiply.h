// The rounding rule and the products of the integer program by the 32 x 32 -> 64-bit multipliers of Armv7E-M:
// one instruction where ref/multiply.h takes two products. Equal to ref/ for every argument that ref/ allows.
#ifndef TLM_MULTIPLY_H
#define TLM_MULTIPLY_H

#include <stdint.h>

// floor((value + 2^(bits - 1)) / 2^bits); bits 0 leaves it, 32 or more give 0. A shift by a register takes 0
// to 255 places: the last bit shifted out is what rounds.
static inline int32_t tlm_round_shift(int32_t value, uint32_t bits) {
    if (bits == 0) return value;
    if (bits >= 32) return 0;
    return (value >> bits) + ((value >> (bits - 1)) & 1);
}
_Static_assert(-3 >> 1 == -2, "right shifts of negative numbers are arithmetic");

// The upper word of a product of words, rounded half up.
static inline int32_t tlm_product_high(int32_t a, int32_t b) {
    int32_t high;
    __asm__("smmulr %0, %1, %2" : "=r"(high) : "r"(a), "r"(b));
    return high;
}

// floor(value * weight / 2^16), any value.
static inline int32_t tlm_multiply_weight(int32_t value, int16_t weight) {
    int32_t high;
    __asm__("smulwb %0, %1, %2" : "=r"(high) : "r"(value), "r"(weight));
    return high;
}

// The same with an unsigned fraction, Q16. As a signed word a fraction of a half or more lacks 2^32, which is
// one value in the upper word.
static inline int32_t tlm_multiply_scale(int32_t value, uint32_t fraction) {
    const int32_t factor = (int32_t)(fraction << 16);
    int32_t high = value & (factor >> 31);
    __asm__("smmla %0, %1, %2, %0" : "+r"(high) : "r"(value), "r"(factor));
    return high;
}

// The same rounded: floor((value * fraction + 2^15) / 2^16).
static inline int32_t tlm_multiply_fraction(int32_t value, uint32_t fraction) {
    const int32_t factor = (int32_t)(fraction << 16);
    int32_t high = value & (factor >> 31);
    __asm__("smmlar %0, %1, %2, %0" : "+r"(high) : "r"(value), "r"(factor));
    return high;
}

#endif
