// gemv_s8_t5: y = W x, int8 activations, trits packed t5 by chunk of groups, block of four rows, group. Needs
// no table.
//
// Exact: |y| <= 127 * n_cols < 2^23.
#include "kernels.h"
#include "trits.h"

static int32_t dot(uint32_t code, const int8_t *x) {
    int32_t trits[5], sum = 0;
    tlm_trits_t5(trits, code);
    for (uint32_t i = 0; i < 5; i++) sum += trits[i] * x[i];
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
                for (size_t i = 0; i < 4; i++) y[row + i] += dot(*w++, x + 5 * group);
            }
        }
    }
}
