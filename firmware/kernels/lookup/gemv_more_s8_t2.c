// gemv_more_s8_t2 by the table that gemv_s8_t2 has built; ref/gemv_more_s8_t2.c defines it.
#include "gemv.h"

void gemv_more_s8_t2(int32_t *y, const uint8_t *w, const int8_t *x, size_t n_rows, size_t n_cols,
                     uint16_t *table) {
    (void)x;
    tlm_gemv_more(&tlm_packing_t2, y, w, n_rows, n_cols, table);
}
