// The arithmetic of the integer program: one rounding rule, scales, saturation. docs/integer.md §1 and §2.
//
// Twin: host-tools/compiler/fixed.ts; test/device/fixed.test.ts holds the two equal.
#ifndef TLM_FIXED_H
#define TLM_FIXED_H

#include <stdint.h>

#include "multiply.h" // ref/multiply.h, or that of the core class

// The largest Q16 value; the least is -TLM_LIMIT - 1, so that the sum of two fits 32 bits.
#define TLM_LIMIT 0x3fffffff

// A non-negative real number: m * 2^e with m in 32768 .. 65535, or m = 0. One is kept per vector, never per
// element.
struct tlm_scale {
    uint32_t m;
    int32_t e;
};

// value * 2^bits held within the limit; bits >= 0.
static inline int32_t tlm_shift_left_saturated(int32_t value, uint32_t bits) {
    const int32_t magnitude = value < 0 ? -value : value;
    if (value == 0) return 0;
    if (bits > 30 || magnitude > TLM_LIMIT >> bits) return value < 0 ? -TLM_LIMIT : TLM_LIMIT;
    return (int32_t)((uint32_t)value << bits);
}

static inline int32_t tlm_saturate(int32_t value) {
    return value > TLM_LIMIT ? TLM_LIMIT : value < -TLM_LIMIT - 1 ? -TLM_LIMIT - 1 : value;
}

// Bits of an unsigned value: 0 for 0, 1 for 1, 14 for 8192 .. 16383.
static inline uint32_t tlm_bit_length(uint32_t value) {
    return value == 0 ? 0 : 32u - (uint32_t)__builtin_clz(value);
}

static inline uint32_t tlm_magnitude(int32_t value) {
    return value < 0 ? 0u - (uint32_t)value : (uint32_t)value;
}

// The magnitude of a value, or of its one's complement where it is negative.
static inline uint32_t tlm_bits(int32_t value) { return (uint32_t)(value ^ (value >> 31)); }

// Bits that a vector with these bits is shifted left by to be wide: its largest value then has 31 bits. What
// is one bit longer is never 0.
static inline uint32_t tlm_wide_shift(uint32_t bits) { return (uint32_t)__builtin_clz(bits << 1 | 1); }

// word * 2^e of a word whose top bit is set, rounded half up to 16 bits.
static inline struct tlm_scale tlm_scale_of_word(uint32_t word, int32_t e) {
    const uint32_t m = ((word >> 15) + 1) >> 1, carry = m >> 16;
    const struct tlm_scale scale = {m >> carry, e + 16 + (int32_t)carry};
    return scale;
}

// value * 2^e, rounded half up to 16 bits; of a value that is not zero.
static inline struct tlm_scale tlm_normalize_positive(uint32_t value, int32_t e) {
    const uint32_t left = (uint32_t)__builtin_clz(value);
    return tlm_scale_of_word(value << left, e - (int32_t)left);
}

// The same; of zero it is zero.
static inline struct tlm_scale tlm_normalize(uint32_t value, int32_t e) {
    const struct tlm_scale zero = {0, 0};
    return value == 0 ? zero : tlm_normalize_positive(value, e);
}

// The same of a value of 64 bits, of which the upper 32 count.
static inline struct tlm_scale tlm_normalize_long(uint64_t value, int32_t e) {
    const uint32_t high = (uint32_t)(value >> 32), low = (uint32_t)value;
    if (high == 0) return tlm_normalize(low, e);
    const uint32_t left = 32 - tlm_bit_length(high);
    return tlm_scale_of_word(high << left | low >> 1 >> (31 - left), e + 32 - (int32_t)left);
}

// a * b * 2^bits of scales that are not zero. The product of two mantissas has 31 or 32 bits: it is rounded
// as if it had 31, and as one of 32 where that carries.
static inline struct tlm_scale tlm_scale_product(struct tlm_scale a, struct tlm_scale b, int32_t bits) {
    const uint32_t rounded = a.m * b.m + 0x4000u, carry = rounded >> 31;
    const struct tlm_scale scale = {(rounded + (carry << 14)) >> (15 + carry),
                                    a.e + b.e + bits + 15 + (int32_t)carry};
    return scale;
}

static inline struct tlm_scale tlm_scale_multiply(struct tlm_scale a, struct tlm_scale b) {
    const struct tlm_scale zero = {0, 0};
    return a.m == 0 || b.m == 0 ? zero : tlm_scale_product(a, b, 0);
}

static inline struct tlm_scale tlm_scale_add(struct tlm_scale a, struct tlm_scale b) {
    if (a.m == 0) return b;
    if (b.m == 0) return a;
    const struct tlm_scale big = a.e >= b.e ? a : b, small = a.e >= b.e ? b : a;
    const uint32_t distance = (uint32_t)(big.e - small.e);
    const uint32_t sum = big.m + (distance > 31 ? 0 : ((small.m << 1 >> distance) + 1) >> 1);
    const uint32_t carry = sum >> 16;
    const struct tlm_scale scale = {(sum + carry) >> carry, big.e + (int32_t)carry};
    return scale;
}

// scale * 2^bits.
static inline struct tlm_scale tlm_scale_shift(struct tlm_scale scale, int32_t bits) {
    if (scale.m != 0) scale.e += bits;
    return scale;
}

// floor of the square root of a value of 2^30 or more: one step of Newton's from a parabola near the root.
// What is left over is at most 1, for each of those values.
static inline uint32_t tlm_root_of_large(uint32_t value) {
    const uint32_t upper = value >> 16, start = 17163 + (upper * (34114 - (upper * 10065 >> 16)) >> 15);
    const uint32_t root = (start + value / start) >> 1;
    return root - ((value - root * root) >> 31);
}

// floor of the square root.
static inline uint32_t tlm_square_root(uint32_t value) {
    const uint32_t shift = value == 0 ? 0 : (32 - tlm_bit_length(value)) & ~1u;
    return value == 0 ? 0 : tlm_root_of_large(value << shift) >> (shift / 2);
}

// 2^31 / divisor times 2^e, for a divisor of 2^15 to 2^16 - 1.
static inline struct tlm_scale tlm_scale_of_quotient(uint32_t divisor, int32_t e) {
    const uint32_t quotient = 0x80000000u / divisor, carry = quotient >> 16;
    const struct tlm_scale scale = {quotient >> carry, e + (int32_t)carry};
    return scale;
}

// 1 / square root, one division; of zero it is zero.
static inline struct tlm_scale tlm_scale_reciprocal_root(struct tlm_scale scale) {
    if (scale.m == 0) return scale;
    const int32_t shift = scale.e & 1 ? 15 : 16;
    return tlm_scale_of_quotient(tlm_root_of_large(scale.m << shift), -31 - (scale.e - shift) / 2);
}

// 1 / scale, one division; of zero it is zero.
static inline struct tlm_scale tlm_scale_reciprocal(struct tlm_scale scale) {
    return scale.m == 0 ? scale : tlm_scale_of_quotient(scale.m, -31 - scale.e);
}

// 2^e.
static inline struct tlm_scale tlm_scale_power(int32_t e) {
    const struct tlm_scale scale = {0x8000u, e - 15};
    return scale;
}

#endif
