// gemv_more_s8_t2: a product of its own.
#include "kernels.h"

void gemv_more_s8_t2(int32_t *y, const uint8_t *w, const int8_t *x, size_t n_rows, size_t n_cols,
                     uint16_t *table) {
    gemv_s8_t2(y, w, x, n_rows, n_cols, (n_cols + 3) / 4, table);
}
