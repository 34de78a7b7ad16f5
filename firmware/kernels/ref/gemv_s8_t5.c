// gemv_s8_t5: y = W x, int8 activations, trits packed t5 by chunk of groups, block of four rows, group. Needs
// no table.
//
// A byte is 84 d4 + 28 d3 + 9 d2 + 3 d1 + d0, d = trit + 1. Exact: |y| <= 127 * n_cols < 2^23.
#include "gen/image.h"
#include "kernels.h"

static int32_t dot_t5(uint32_t code, const int8_t *x) {
    static const uint8_t digit_weights[5] = {1, 3, 9, 28, 84};
    int32_t sum = 0;
    for (size_t i = 5; i-- > 0;) {
        const uint32_t digit = code / digit_weights[i];
        code -= digit * digit_weights[i];
        sum += ((int32_t)digit - 1) * x[i];
    }
    return sum;
}

void gemv_s8_t5(int32_t *y, const uint8_t *w, const int8_t *x, size_t n_rows, size_t n_cols,
                size_t chunk_groups, uint16_t *table) {
    const size_t n_groups = (n_cols + 4) / 5;
    (void)table;
    for (size_t row = 0; row < (n_rows + 3) / 4 * 4; row++) y[row] = 0;
    for (size_t first = 0; first < n_groups; first += chunk_groups) {
        const size_t end = first + chunk_groups < n_groups ? first + chunk_groups : n_groups;
        for (size_t row = 0; row < n_rows; row += 4) {
            for (size_t group = first; group < end; group++) {
                for (size_t i = 0; i < 4; i++) y[row + i] += dot_t5(*w++, x + 5 * group);
            }
        }
    }
}
