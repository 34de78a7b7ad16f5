// Vectors of eight 16-bit integers, as the products of simd/product.h use them: GNU vectors, and the two
// operations that each architecture has in its own way.
#ifndef TLM_SIMD_H
#define TLM_SIMD_H

#include <stddef.h>
#include <stdint.h>

#if defined(__x86_64__)
#include <emmintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

#define TLM_SIMD static inline __attribute__((always_inline))

typedef uint16_t tlm_u16x8 __attribute__((vector_size(16)));
typedef int32_t tlm_s32x4 __attribute__((vector_size(16)));
// In memory, at any address.
typedef uint16_t tlm_codes __attribute__((vector_size(16), aligned(1), may_alias));
typedef int32_t tlm_rows __attribute__((vector_size(16), aligned(1), may_alias));

// v / n, for n = 28 of codes of t5 and for n = 9 and 3 of what is left of them (0 .. 242): the upper half of
// a product, or where there is none such for 16 bits a product and a shift.
#if defined(__x86_64__)
#define TLM_QUOTIENT(v, n) ((tlm_u16x8)_mm_mulhi_epu16((__m128i)(v), _mm_set1_epi16(65536 / (n) + 1)))
#elif defined(__aarch64__)
#define TLM_QUOTIENT(v, n) ((tlm_u16x8)vqdmulhq_n_s16((int16x8_t)(v), 32768 / (n) + 1))
#else
#define TLM_QUOTIENT_BITS(n) ((n) == 28 ? 12 : 9)
#define TLM_QUOTIENT(v, n) \
    ((v) * (uint16_t)((1 << TLM_QUOTIENT_BITS(n)) / (n) + 1) >> (uint16_t)TLM_QUOTIENT_BITS(n))
#endif

// The sums of pairs of signed lanes.
TLM_SIMD tlm_s32x4 tlm_sum_pairs(tlm_u16x8 v) {
#if defined(__x86_64__)
    return (tlm_s32x4)_mm_madd_epi16((__m128i)v, _mm_set1_epi16(1));
#elif defined(__aarch64__)
    return (tlm_s32x4)vpaddlq_s16((int16x8_t)v);
#else
    return ((tlm_s32x4)v << 16 >> 16) + ((tlm_s32x4)v >> 16);
#endif
}

#endif
