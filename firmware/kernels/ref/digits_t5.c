// digits_t5: a row of integers from the rows of its digits, packed t5 by chunk of groups, block of four rows,
// group. A code gives five trits by products that stand for divisions.
//
// An integer is at most 13, and 8 * 13 fits int8. Twin: digitUnit in host-tools/compiler/digits.ts.
#include "kernels.h"

static size_t smaller(size_t a, size_t b) { return a < b ? a : b; }

// Three times what a column holds plus eight times a trit.
static inline int8_t joined(int8_t higher, uint32_t digit) {
    return (int8_t)(3 * higher + 8 * (int32_t)digit - 8);
}

// The columns of a group. The quotients are exact for every code: 2^14 / 84, / 28, / 9 and / 3, rounded up.
static inline void add_code(int8_t *row, uint32_t code, size_t n) {
    const uint32_t d4 = code * 196 >> 14, below4 = code - 84 * d4;
    const uint32_t d3 = below4 * 586 >> 14, below3 = below4 - 28 * d3;
    const uint32_t d2 = below3 * 1821 >> 14, below2 = below3 - 9 * d2;
    const uint32_t d1 = below2 * 5462 >> 14, d0 = below2 - 3 * d1;
    if (n >= 5) row[4] = joined(row[4], d4);
    if (n >= 4) row[3] = joined(row[3], d3);
    if (n >= 3) row[2] = joined(row[2], d2);
    if (n >= 2) row[1] = joined(row[1], d1);
    row[0] = joined(row[0], d0);
}

void digits_t5(int8_t *row, const uint8_t *w, size_t index, size_t n_digits, size_t n_rows, size_t n_cols,
               size_t chunk_groups) {
    const size_t n_blocks = (n_digits * n_rows + 3) / 4, chunk_columns = 5 * chunk_groups;
    for (size_t column = 0; column < n_cols; column++) row[column] = 0;
    for (size_t left = n_cols; left > 0;) {
        const size_t n = smaller(chunk_columns, left), block_bytes = 4 * ((n + 4) / 5);
        for (size_t at = index * n_digits; at < (index + 1) * n_digits; at++) {
            const uint8_t *codes = w + at / 4 * block_bytes + at % 4;
            size_t column = 0;
            for (; column + 5 <= n; column += 5, codes += 4) add_code(row + column, *codes, 5);
            if (column < n) add_code(row + column, *codes, n - column);
        }
        w += n_blocks * block_bytes;
        row += n;
        left -= n;
    }
}
