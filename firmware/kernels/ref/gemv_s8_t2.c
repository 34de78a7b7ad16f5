// gemv_s8_t2: y = W x, int8 activations, trits packed t2; every row of w starts on a byte.
//
// Exact: |y| <= 127 * n_cols < 2^23.
#include "kernels.h"

void gemv_s8_t2(int32_t *y, const uint8_t *w, const int8_t *x, size_t n_rows, size_t n_cols) {
    const size_t row_bytes = (n_cols + 3) / 4;
    for (size_t row = 0; row < n_rows; row++, w += row_bytes) {
        int32_t sum = 0;
        for (size_t column = 0; column < n_cols; column++) sum += trit_at(w, column) * x[column];
        y[row] = sum;
    }
}
