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

// Bits that a vector with these bits is shifted left by to be wide: its largest value then has 31 bits.
static inline uint32_t tlm_wide_shift(uint32_t bits) { return 31 - tlm_bit_length(bits); }

// A scale as functions return it: in registers, the mantissa in the lower word and the exponent in the upper
// one.
static inline uint64_t tlm_scale_pack(uint32_t m, int32_t e) { return (uint64_t)(uint32_t)e << 32 | m; }
static inline struct tlm_scale tlm_scale_unpack(uint64_t packed) {
    const struct tlm_scale scale = {(uint32_t)packed, (int32_t)(uint32_t)(packed >> 32)};
    return scale;
}

// Called from many places, once a vector: a function rather than many copies.
static __attribute__((noinline, unused)) uint64_t tlm_normalize_packed(uint32_t value, int32_t e) {
    if (value == 0) return 0;
    const int32_t shift = (int32_t)tlm_bit_length(value) - 16;
    if (shift <= 0) return tlm_scale_pack(value << -shift, e + shift);
    const uint32_t m = (value >> shift) + ((value >> (shift - 1)) & 1u);
    return m > 0xffffu ? tlm_scale_pack(0x8000u, e + shift + 1) : tlm_scale_pack(m, e + shift);
}

// value * 2^e, rounded half up to 16 bits.
static inline struct tlm_scale tlm_normalize(uint32_t value, int32_t e) {
    return tlm_scale_unpack(tlm_normalize_packed(value, e));
}

// The same of a value of 64 bits, of which the upper 32 count.
static inline struct tlm_scale tlm_normalize_long(uint64_t value, int32_t e) {
    const uint32_t extra = tlm_bit_length((uint32_t)(value >> 32));
    return tlm_normalize((uint32_t)(value >> extra), e + (int32_t)extra);
}

static inline struct tlm_scale tlm_scale_multiply(struct tlm_scale a, struct tlm_scale b) {
    return tlm_normalize(a.m * b.m, a.e + b.e);
}

static inline struct tlm_scale tlm_scale_add(struct tlm_scale a, struct tlm_scale b) {
    if (a.m == 0) return b;
    if (b.m == 0) return a;
    const struct tlm_scale big = a.e >= b.e ? a : b, small = a.e >= b.e ? b : a;
    const uint32_t distance = (uint32_t)(big.e - small.e);
    const uint32_t addend = distance > 31 ? 0 : (uint32_t)tlm_round_shift((int32_t)small.m, distance);
    return tlm_normalize(big.m + addend, big.e);
}

// scale * 2^bits.
static inline struct tlm_scale tlm_scale_shift(struct tlm_scale scale, int32_t bits) {
    if (scale.m != 0) scale.e += bits;
    return scale;
}

// floor of the square root: two steps of Newton's, for a value shifted left to 2^30 or more, from a line near
// the root. What is left over is at most 1, for each of those values.
static __attribute__((noinline, unused)) uint32_t tlm_square_root(uint32_t value) {
    if (value == 0) return 0;
    const uint32_t shift = (32 - tlm_bit_length(value)) & ~1u, v = value << shift;
    uint32_t root = (v >> 17) + 0x6c00u;
    root = (root + v / root) >> 1;
    root = (root + v / root) >> 1;
    if (v / root < root) root--;
    return root >> (shift / 2);
}

// 1 / square root, one division; of zero it is zero.
static inline struct tlm_scale tlm_scale_reciprocal_root(struct tlm_scale scale) {
    if (scale.m == 0) return scale;
    const int32_t shift = scale.e & 1 ? 15 : 16;
    const uint32_t root = tlm_square_root(scale.m << shift);
    return tlm_normalize(0x80000000u / root, -31 - (scale.e - shift) / 2);
}

// 1 / scale, one division; of zero it is zero.
static inline struct tlm_scale tlm_scale_reciprocal(struct tlm_scale scale) {
    if (scale.m == 0) return scale;
    return tlm_normalize(0x80000000u / scale.m, -31 - scale.e);
}

// 2^e.
static inline struct tlm_scale tlm_scale_power(int32_t e) {
    const struct tlm_scale scale = {0x8000u, e - 15};
    return scale;
}

#endif
