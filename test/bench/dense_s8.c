// dense_s8: the product of an int8 matrix and an int8 vector, what ternary products are compared with; any
// core.
//
//   y[n_rows] int32    w[n_rows / 4][n_cols / 4][4][4] int8: four columns of four rows    x[n_cols] int8
//
// n_rows and n_cols are multiples of 4. Four rows at a time, so that an activation is loaded once for four
// weights, and one stream of weights, so that one pointer reads them.
#include "dense_s8.h"

void dense_s8(int32_t *y, const int8_t *w, const int8_t *x, size_t n_rows, size_t n_cols) {
    const int8_t *end = x + n_cols;
    for (size_t row = 0; row < n_rows; row += 4) {
        int32_t sum0 = 0, sum1 = 0, sum2 = 0, sum3 = 0;
        for (const int8_t *at = x; at != end; at += 4, w += 16) {
            for (size_t i = 0; i < 4; i++) {
                const int32_t value = at[i];
                sum0 += w[i] * value;
                sum1 += w[4 + i] * value;
                sum2 += w[8 + i] * value;
                sum3 += w[12 + i] * value;
            }
        }
        y[row] = sum0;
        y[row + 1] = sum1;
        y[row + 2] = sum2;
        y[row + 3] = sum3;
    }
}
