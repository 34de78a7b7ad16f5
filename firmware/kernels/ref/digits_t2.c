// digits_t2: a row of integers from the rows of its digits, packed t2; every row starts on a byte.
//
// An integer is at most 13, and 8 * 13 fits int8. Twin: digitUnit in host-tools/compiler/digits.ts.
#include "kernels.h"

void digits_t2(int8_t *row, const uint8_t *w, size_t index, size_t n_digits, size_t n_cols) {
    const size_t row_bytes = (n_cols + 3) / 4;
    w += index * n_digits * row_bytes;
    for (size_t column = 0; column < n_cols; column++) {
        int32_t value = 0;
        for (size_t i = 0; i < n_digits; i++) value = 3 * value + 8 * trit_at(w + i * row_bytes, column);
        row[column] = (int8_t)value;
    }
}
