// gemv_s8_t2 by table look-up, on as many cores as there are; ref/gemv_s8_t2.c defines it.
#include "gemv.h"

void gemv_s8_t2(int32_t *y, const uint8_t *w, const int8_t *x, size_t n_rows, size_t n_cols,
                size_t chunk_groups, uint16_t *table) {
    tlm_gemv(&tlm_packing_t2, y, w, x, n_rows, n_cols, chunk_groups, table);
}
