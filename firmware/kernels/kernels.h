// The operators of the integer program. ref/ defines each in plain C, one file an operator; <isa>/ overrides
// ref/ by file name. docs/integer.md §3 and §5.
//
// Twin: host-tools/compiler/operators.ts. Q16 = units of 2^-16 within TLM_LIMIT; wide = the largest magnitude
// lies in 2^29 .. 2^30 - 1, or all are zero. Vectors may be changed in place where out and in are the same
// pointer.
#ifndef TLM_KERNELS_H
#define TLM_KERNELS_H

#include <stddef.h>
#include <stdint.h>

#include "fixed.h"

// y[n_rows] = W x, one kernel a packing: w is t2 or t5, [chunks][ceil(n_rows / 4)][groups of the chunk][4],
// every chunk of chunk_groups groups but the last; it starts on a word. x[n_cols] in -127 .. 127 is padded
// with zeros to whole groups. y has room for n_rows rounded up to a multiple of 4; |y| <= 127 * n_cols. table
// has room for chunk_groups times TLM_IMAGE_TABLE_BYTES and starts on a word.
void gemv_s8_t2(int32_t *y, const uint8_t *w, const int8_t *x, size_t n_rows, size_t n_cols,
                size_t chunk_groups, uint16_t *table);
void gemv_s8_t5(int32_t *y, const uint8_t *w, const int8_t *x, size_t n_rows, size_t n_cols,
                size_t chunk_groups, uint16_t *table);

// The same for two vectors, as two tokens of a prompt have them: x[2][TLM_PAIR_STRIDE(n_cols)], and
// y[2][n_rows rounded up to a multiple of 4]. table has room for table_groups, at least 2, times
// TLM_IMAGE_TABLE_BYTES.
void gemv_pair_s8_t2(int32_t *y, const uint8_t *w, const int8_t *x, size_t n_rows, size_t n_cols,
                     size_t chunk_groups, uint16_t *table, size_t table_groups);
void gemv_pair_s8_t5(int32_t *y, const uint8_t *w, const int8_t *x, size_t n_rows, size_t n_cols,
                     size_t chunk_groups, uint16_t *table, size_t table_groups);

// Bytes from one vector of a pair to the other: room for the zeros behind it, and whole words.
#define TLM_PAIR_STRIDE(n_cols) (((size_t)(n_cols) + 8) / 4 * 4)

// Brings a vector to wide: out * 2^-result = in.
int32_t widen_s32(int32_t *out, const int32_t *in, size_t n);

// Brings integers to 16 bits, leaving them as they are where they fit: out * 2^result ~ in. out may overlay
// in.
int32_t narrow_s32(int16_t *out, const int32_t *in, size_t n);

// Wide integers times 16-bit ones, wide again: out * 2^(16 - result) = in * weights.
int32_t multiply_s32_s16(int32_t *out, const int32_t *in, const int16_t *weights, size_t n);

// Sum of the squares of the upper 15 bits of (in * 2^shift), each shifted right by square_shift(n).
uint32_t square_sum_s32(const int32_t *in, size_t n, uint32_t shift);

// Bits that each square is shifted right by, so that n of them stay below 2^31 + 1.
static inline uint32_t square_shift(size_t n) {
    const uint32_t bits = tlm_bit_length((uint32_t)n - 1);
    return bits > 3 ? bits - 3 : 0;
}

// q = round(127 * z / max |z|) of the products z = multiply_s32_s16(in, weights); returns max |z|, and the
// shift of the products in *shift. All zeros give zeros and 0. `products` is room for n words, worth nothing
// afterwards.
uint32_t quantize_s32_s8(int8_t *q, int32_t *products, const int32_t *in, const int16_t *weights, size_t n,
                         int32_t *shift);

// Bits that a sum of n_cols products of integers of some digits can be shifted left by and stay below 2^30:
// an integer is at most (3^n_digits - 1) / 2.
static inline uint32_t sum_shift(size_t n_cols, size_t n_digits) {
    static const uint8_t largest[] = {0, 1, 4, 13};
    return 30 - tlm_bit_length(127u * largest[n_digits] * (uint32_t)n_cols);
}

// Integers times a scale, as Q16; each may be shifted left by `room` bits and stays below 2^30.
void scale_s32(int32_t *out, const int32_t *sums, size_t n, uint32_t room, struct tlm_scale unit);

// Sums of the digits of rows, [n_rows][n_digits] over n_cols columns, the highest digit first, as those of
// the integers, shifted left by sum_shift and times the rows' scales in units of 2^-16. out may overlay sums.
void scale_rows_s32(int32_t *out, const int32_t *sums, size_t n_rows, size_t n_cols, size_t n_digits,
                    const uint16_t *row_scales);

// out = x * logistic(x), Q16.
void silu_s32(int32_t *out, const int32_t *x, size_t n);

// span = logistic(-gate) * bound, Q16 fractions; bound may be NULL for 1.
void forget_span_s32(uint16_t *span, const int32_t *gate, const uint16_t *bound, size_t n);

// h += span * (SiLU(input) - h), Q16.
void recur_s32(int32_t *h, const uint16_t *span, const int32_t *input, size_t n);

// x += y, Q16.
void add_s32(int32_t *x, const int32_t *y, size_t n);

// row[n_cols] = 8 times the integers of row `index` of a matrix of digits, packed as the trits of n_digits
// rows each, the highest first: row n_digits * index and those behind it. n_rows is that of the integers.
void digits_t2(int8_t *row, const uint8_t *w, size_t index, size_t n_digits, size_t n_cols);
void digits_t5(int8_t *row, const uint8_t *w, size_t index, size_t n_digits, size_t n_rows, size_t n_cols,
               size_t chunk_groups);

// x[n] = row * row_scale / 2^shift, Q16.
void embed_e8(int32_t *x, const int8_t *row, uint32_t row_scale, uint32_t shift, size_t n);
void embed_e16(int32_t *x, const int16_t *row, uint32_t row_scale, uint32_t shift, size_t n);

#endif
