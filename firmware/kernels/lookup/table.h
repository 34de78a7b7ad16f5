// How a table is built on any core: each entry by one addition from an earlier one.
#ifndef TLM_TABLE_H
#define TLM_TABLE_H

#include "lookup.h"

// The entries of trits -1, 0, 1 of one more column, from `n` entries of those before it: they come at 0,
// stride and 2 * stride, and stand at `at`.
static inline void tlm_table_column_t5(uint32_t *at, size_t n, size_t stride, uint32_t x) {
    for (size_t i = 0; i < n; i++) at[i + stride] = at[i] + x;
    for (size_t i = 0; i < n; i++) at[i + 2 * stride] = at[i + stride] + x;
}

// One group of t5, whose activations are in x as they are to be added (both halves, for a pair). The strides
// are the digits' weights; entries 27, 55 and 83 of each third are no codes.
static inline void tlm_table_t5(uint32_t *entries, uint32_t bias, const uint32_t x[5]) {
    static const uint8_t strides[5] = {1, 3, 9, 28, 84};
    entries[0] = bias - x[0] - x[1] - x[2] - x[3] - x[4];
    for (size_t i = 0; i < 5; i++)
        tlm_table_column_t5(entries, i == 3 ? 27 : i == 4 ? 84 : strides[i], strides[i], x[i]);
}

// One group of t2: digits 00, 01 and 11 of a pair of bits, 10 is no code.
static inline void tlm_table_t2(uint32_t *entries, uint32_t bias, const uint32_t x[4]) {
    entries[0] = bias;
    for (size_t i = 0; i < 4; i++) {
        const size_t stride = (size_t)1 << 2 * i;
        for (size_t k = 0; k < stride; k++) {
            entries[k + stride] = entries[k] + x[i];
            entries[k + 3 * stride] = entries[k] - x[i];
            entries[k + 2 * stride] = entries[k];
        }
    }
}

#endif
