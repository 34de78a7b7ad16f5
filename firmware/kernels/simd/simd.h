// Vectors of 16-bit integers, as the products of simd/product.h use them: GNU vectors, and the few operations
// that each architecture has in its own way.
//
// A vector has one half of 16 bytes for each block of four rows that it serves. One half everywhere, two with
// TLM_AVX2, where every function carries the target's attribute and is only called on a machine that has it.
#ifndef TLM_SIMD_H
#define TLM_SIMD_H

#include <stddef.h>
#include <stdint.h>

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

#ifdef TLM_AVX2
#define TLM_SIMD static inline __attribute__((always_inline, target("avx2")))
enum { TLM_HALVES = 2 };
typedef uint16_t tlm_u16 __attribute__((vector_size(32)));
typedef int32_t tlm_s32 __attribute__((vector_size(32)));
#else
#define TLM_SIMD static inline __attribute__((always_inline))
enum { TLM_HALVES = 1 };
typedef uint16_t tlm_u16 __attribute__((vector_size(16)));
typedef int32_t tlm_s32 __attribute__((vector_size(16)));
#endif

// Halves in memory, those with codes or sums at any address.
typedef uint16_t tlm_half __attribute__((vector_size(16)));
typedef uint16_t tlm_codes __attribute__((vector_size(16), aligned(1), may_alias));
typedef int32_t tlm_s32_half __attribute__((vector_size(16), aligned(1), may_alias));

// v / n of codes of t5 and what is left of them, by one multiplication: n is 28, 9 or 3.
#if defined(TLM_AVX2)
#define TLM_QUOTIENT(v, n) ((tlm_u16)_mm256_mulhi_epu16((__m256i)(v), _mm256_set1_epi16(65536 / (n) + 1)))
#elif defined(__x86_64__)
#define TLM_QUOTIENT(v, n) ((tlm_u16)_mm_mulhi_epu16((__m128i)(v), _mm_set1_epi16(65536 / (n) + 1)))
#elif defined(__aarch64__)
#define TLM_QUOTIENT(v, n) ((tlm_u16)vqdmulhq_n_s16((int16x8_t)(v), 32768 / (n) + 1))
#else
#define TLM_QUOTIENT_BITS(n) ((n) == 28 ? 12 : 9)
#define TLM_QUOTIENT(v, n) \
    ((v) * (uint16_t)((1 << TLM_QUOTIENT_BITS(n)) / (n) + 1) >> (uint16_t)TLM_QUOTIENT_BITS(n))
#endif

// Both halves hold what the 16 bytes at an address hold.
TLM_SIMD tlm_u16 tlm_repeat(const tlm_half *at) {
#ifdef TLM_AVX2
    return (tlm_u16)_mm256_broadcastsi128_si256((__m128i)*at);
#else
    return *at;
#endif
}

// 16 bytes a half; the second half is `stride` bytes behind the first.
TLM_SIMD tlm_u16 tlm_load(const uint8_t *at, size_t stride) {
#ifdef TLM_AVX2
    return (tlm_u16)_mm256_loadu2_m128i((const __m128i *)(const void *)(at + stride),
                                        (const __m128i *)(const void *)at);
#else
    (void)stride;
    return (tlm_u16) * (const tlm_codes *)(const void *)at;
#endif
}

// The sums of four rows a half. Lanes of `even` are [4 groups][rows 0 and 2], those of `odd` [4 groups][rows
// 1 and 3], signed; two groups together stay within 16 bits.
TLM_SIMD tlm_s32 tlm_sum_groups(tlm_u16 even, tlm_u16 odd) {
#ifdef TLM_AVX2
    const __m256i e = (__m256i)even, o = (__m256i)odd;
    const __m256i rows = _mm256_add_epi16(_mm256_unpacklo_epi16(e, o), _mm256_unpackhi_epi16(e, o));
    const __m256i pairs = _mm256_unpacklo_epi16(rows, _mm256_unpackhi_epi64(rows, rows));
    return (tlm_s32)_mm256_madd_epi16(pairs, _mm256_set1_epi16(1));
#else
    const tlm_u16 low = __builtin_shufflevector(even, odd, 0, 8, 1, 9, 2, 10, 3, 11),
                  high = __builtin_shufflevector(even, odd, 4, 12, 5, 13, 6, 14, 7, 15), rows = low + high;
    const tlm_s32 pairs = (tlm_s32)__builtin_shufflevector(rows, rows, 0, 4, 1, 5, 2, 6, 3, 7);
#if defined(__x86_64__)
    return (tlm_s32)_mm_madd_epi16((__m128i)pairs, _mm_set1_epi16(1));
#else
    return (pairs << 16 >> 16) + (pairs >> 16);
#endif
#endif
}

#endif
