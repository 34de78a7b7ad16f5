// digits_t5: a row of integers from the rows of its digits, packed t5 by chunk of groups, block of four rows,
// group.
#include "gen/image.h"
#include "kernels.h"

// row[n] = 3 * row[n] + 8 * the first n trits of a byte, which is 84 d4 + 28 d3 + 9 d2 + 3 d1 + d0, d = trit
// + 1.
static void add_digit(int8_t *row, uint32_t code, size_t n) {
    const uint32_t d4 = code / 84, d3 = code % 84 / 28;
    uint32_t rest = code % 28;
    for (size_t i = 0; i < n; i++) {
        const uint32_t digit = i < 3 ? rest % 3 : i == 3 ? d3 : d4;
        row[i] = (int8_t)(3 * row[i] + 8 * ((int32_t)digit - 1));
        rest /= 3;
    }
}

void digits_t5(int8_t *row, const uint8_t *w, size_t index, size_t n_digits, size_t n_rows, size_t n_cols,
               size_t chunk_groups) {
    const size_t n_groups = (n_cols + 4) / 5, n_blocks = (n_rows * n_digits + 3) / 4;
    for (size_t column = 0; column < n_cols; column++) row[column] = 0;
    for (size_t at = index * n_digits; at < (index + 1) * n_digits; at++) {
        for (size_t group = 0; group < n_groups; group++) {
            const size_t first = group / chunk_groups * chunk_groups, left = n_groups - first;
            const size_t size = left < chunk_groups ? left : chunk_groups;
            const size_t word = n_blocks * first + at / 4 * size + (group - first);
            const size_t n = n_cols - 5 * group;
            add_digit(row + 5 * group, w[4 * word + at % 4], n < 5 ? n : 5);
        }
    }
}
