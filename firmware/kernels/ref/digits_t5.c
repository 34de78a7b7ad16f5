// digits_t5: a row of integers from the rows of its digits, packed t5 by chunk of groups, block of four rows,
// group.
//
// An integer is at most 13, and 8 * 13 fits int8. Twin: digitUnit in host-tools/compiler/digits.ts.
#include "digits.h"

void digits_t5(int8_t *row, const uint8_t *w, size_t index, size_t n_digits, size_t n_rows, size_t n_cols,
               size_t chunk_groups) {
    for (size_t column = 0; column < n_cols; column++) row[column] = 0;
    for (size_t at = index * n_digits; at < (index + 1) * n_digits; at++) {
        struct tlm_row_walk walk = tlm_row_walk(w, at, n_digits * n_rows, (n_cols + 4) / 5, chunk_groups);
        size_t column = 0;
        while (tlm_row_next(&walk) > 0) {
            for (size_t group = 0; group < walk.n_groups; group++) {
                int32_t trits[5];
                tlm_trits_t5(trits, walk.w[4 * group]);
                for (size_t i = 0; i < 5 && column < n_cols; i++, column++)
                    row[column] = (int8_t)(3 * row[column] + 8 * trits[i]);
            }
        }
    }
}
