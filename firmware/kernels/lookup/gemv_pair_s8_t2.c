// gemv_pair_s8_t2 by table look-up, one look-up for two tokens; ref/gemv_pair_s8_t2.c defines it.
#include "gemv.h"

void gemv_pair_s8_t2(int32_t *y, const uint8_t *w, const int8_t *x, size_t n_rows, size_t n_cols,
                     size_t chunk_groups, uint16_t *table, size_t table_groups) {
    tlm_gemv_pair(&tlm_packing_t2, y, w, x, n_rows, n_cols, chunk_groups, table, table_groups);
}
