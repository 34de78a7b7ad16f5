// gemv_s8_t5 in vectors: avx2.c on machines of x86-64 that have AVX2, product.h on all others. Needs no
// table.
#include "product.h"
#ifdef __x86_64__
#include "avx2.h"
#endif

void gemv_s8_t5(int32_t *y, const uint8_t *w, const int8_t *x, size_t n_rows, size_t n_cols,
                size_t chunk_groups, uint16_t *table) {
    (void)table;
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx2")) {
        tlm_t5_avx2(y, w, x, n_rows, n_cols, chunk_groups);
        return;
    }
#endif
    tlm_product(y, w, x, n_rows, n_cols, chunk_groups, 5, 1);
}
