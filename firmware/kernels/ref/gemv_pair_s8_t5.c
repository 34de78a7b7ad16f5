// gemv_pair_s8_t5: two products, one after the other.
#include "kernels.h"

void gemv_pair_s8_t5(int32_t *y, const uint8_t *w, const int8_t *x, size_t n_rows, size_t n_cols,
                     size_t chunk_groups, uint16_t *table, size_t table_groups) {
    (void)table_groups;
    gemv_s8_t5(y, w, x, n_rows, n_cols, chunk_groups, table);
    gemv_s8_t5(y + (n_rows + 3) / 4 * 4, w, x + TLM_PAIR_STRIDE(n_cols), n_rows, n_cols, chunk_groups, table);
}
