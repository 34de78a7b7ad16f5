// The operators of the integer program. ref/ defines each in plain C, one file an operator; <isa>/ overrides
// ref/ by file name. docs/integer.md §3 and §5.
//
// Twin: host-tools/compiler/operators.ts. Q16 = units of 2^-16 in -2^30 .. 2^30 - 1. Bits of a vector = the
// magnitudes of its integers, of a negative one that of its one's complement, or-ed: they have the bit length
// of the largest. A vector is wide when it is shifted left by tlm_wide_shift of its bits. Vectors may be
// changed in place where out and in are the same pointer.
#ifndef TLM_KERNELS_H
#define TLM_KERNELS_H

#include <stddef.h>
#include <stdint.h>

#include "fixed.h"

// y[n_rows] = W x, one kernel a packing: w is t2 or t5, [chunks][ceil(n_rows / 4)][groups of the chunk][4],
// every chunk of chunk_groups groups but the last; it starts on a word. x[n_cols] in -127 .. 127 is padded
// with zeros to whole groups. y has room for n_rows rounded up to a multiple of 4; |y| <= 127 * n_cols. table
// has room for chunk_groups, rounded up to an even number, times TLM_IMAGE_TABLE_BYTES and starts on a word.
void gemv_s8_t2(int32_t *y, const uint8_t *w, const int8_t *x, size_t n_rows, size_t n_cols,
                size_t chunk_groups, uint16_t *table);
void gemv_s8_t5(int32_t *y, const uint8_t *w, const int8_t *x, size_t n_rows, size_t n_cols,
                size_t chunk_groups, uint16_t *table);

// Further rows of such a product, whose matrix is one chunk: x and table are as the call for the rows ahead
// left them.
void gemv_more_s8_t2(int32_t *y, const uint8_t *w, const int8_t *x, size_t n_rows, size_t n_cols,
                     uint16_t *table);
void gemv_more_s8_t5(int32_t *y, const uint8_t *w, const int8_t *x, size_t n_rows, size_t n_cols,
                     uint16_t *table);

// The same for two vectors, as two tokens of a prompt have them: x[2][TLM_PAIR_STRIDE(n_cols)], and
// y[2][n_rows rounded up to a multiple of 4]. table has room for table_groups, at least 2, times
// TLM_IMAGE_TABLE_BYTES.
void gemv_pair_s8_t2(int32_t *y, const uint8_t *w, const int8_t *x, size_t n_rows, size_t n_cols,
                     size_t chunk_groups, uint16_t *table, size_t table_groups);
void gemv_pair_s8_t5(int32_t *y, const uint8_t *w, const int8_t *x, size_t n_rows, size_t n_cols,
                     size_t chunk_groups, uint16_t *table, size_t table_groups);

// Bytes from one vector of a pair to the other: room for the zeros behind it, and whole words.
#define TLM_PAIR_STRIDE(n_cols) (((size_t)(n_cols) + 8) / 4 * 4)

// Bits of a vector.
uint32_t bits_s32(const int32_t *in, size_t n);

// Sum of the squares of the upper halves of (in << shift), which is wide.
uint64_t square_sum_s32(const int32_t *in, uint32_t shift, size_t n);

// What norm_s32 finds out of a vector.
struct tlm_norm {
    uint64_t squares; // sum of the squares of the upper halves of the wide vector, or of its products with
                      // the outer weights
    uint32_t largest; // of the bits of z: at most 2^30 - 1
};

// z = floor((in << shift) * weights / 2^16) of a vector that is wide after the shift; `outer` are the weights
// of the norm ahead, or NULL. Weights are in -32767 .. 32767.
void norm_s32(int32_t *z, struct tlm_norm *norm, const int32_t *in, uint32_t shift, const int16_t *outer,
              const int16_t *weights, size_t n);

// q = round(127 * z / (largest + 1)) by one division and 15 bits of z. A second core may still read z and
// write q when it returns: what touches them next is a kernel that waits for it, as gemv_*, norm_s32,
// recur_s32 and silu_s32 do.
void quantize_s32_s8(int8_t *q, const int32_t *z, uint32_t largest, size_t n);

// Bits that a sum of n_cols products of integers of some digits can be shifted left by and stay below 2^30:
// an integer is at most (3^n_digits - 1) / 2.
static inline uint32_t sum_shift(size_t n_cols, size_t n_digits) {
    const uint32_t largest = 0xd410u >> (4 * n_digits) & 15;
    return tlm_wide_shift(127u * largest * (uint32_t)n_cols) - 1;
}

// Sums of the digits of rows, [n_rows][n_digits] over n_cols columns, the highest digit first, as those of
// the integers, shifted left by sum_shift and times the rows' scales in units of 2^-16, rounded down. out may
// be sums.
void scale_rows_s32(int32_t *out, const int32_t *sums, size_t n_rows, size_t n_cols, size_t n_digits,
                    const int16_t *row_scales);

// How integers become Q16: shifted left by room, which leaves them below 2^30, then times a scale.
struct tlm_unit {
    uint32_t room;
    struct tlm_scale scale;
};

// The MLGRU on Q16 of gate and input: span = logistic(-gate) * bound, h += span * (SiLU(input) - h), open =
// SiLU(h); h and open are Q16, bound is in units of 2^-16, or NULL for 1. Returns the bits of open.
uint32_t recur_s32(int32_t *h, int32_t *open, const int32_t *gate, struct tlm_unit gate_unit,
                   const uint16_t *bound, const int32_t *input, struct tlm_unit input_unit, size_t n);

// out = SiLU of in as Q16. Returns the bits of out.
uint32_t silu_s32(int32_t *out, const int32_t *in, struct tlm_unit unit, size_t n);

// out = floor((open << shift) * factor / 2^16), (open << shift) being wide and factor the upper 16 bits of a
// vector with these bits, or that vector itself where it fits. Returns the bits of out.
uint32_t gate_s32(int32_t *out, const int32_t *open, uint32_t shift, const int32_t *factors,
                  uint32_t factor_bits, size_t n);

// Bits that the factors of gate_s32 are shifted right by.
static inline uint32_t factor_shift(uint32_t factor_bits) {
    const uint32_t bits = tlm_bit_length(factor_bits);
    return bits > 15 ? bits - 15 : 0;
}

// x += in as Q16, held within Q16. Returns the bits of x.
uint32_t add_s32(int32_t *x, const int32_t *in, struct tlm_unit unit, size_t n);

// row[n_cols] = 8 times the integers of row `index` of a matrix of digits, packed as the trits of n_digits
// rows each, the highest first: row n_digits * index and those behind it. n_rows is that of the integers.
void digits_t2(int8_t *row, const uint8_t *w, size_t index, size_t n_digits, size_t n_rows, size_t n_cols,
               size_t chunk_groups);
void digits_t5(int8_t *row, const uint8_t *w, size_t index, size_t n_digits, size_t n_rows, size_t n_cols,
               size_t chunk_groups);

// x[n] = 2 * row * row_scale / 2^shift, Q16; neither row nor row_scale is its type's least.
void embed_e8(int32_t *x, const int8_t *row, int32_t row_scale, uint32_t shift, size_t n);
void embed_e16(int32_t *x, const int16_t *row, int32_t row_scale, uint32_t shift, size_t n);

#endif
