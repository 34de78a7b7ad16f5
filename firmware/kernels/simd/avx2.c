// The products for x86-64 machines with AVX2; empty elsewhere.
#ifdef __x86_64__
#define TLM_AVX2
#include "avx2.h"
#include "product.h"

#define TLM_PRODUCT(name, n_digits, n_vectors)                                                              \
    __attribute__((target("avx2"))) void name(int32_t *y, const uint8_t *w, const int8_t *x, size_t n_rows, \
                                              size_t n_cols, size_t chunk_groups) {                         \
        tlm_product(y, w, x, n_rows, n_cols, chunk_groups, n_digits, n_vectors);                            \
    }

TLM_PRODUCT(tlm_t2_avx2, 4, 1)
TLM_PRODUCT(tlm_t5_avx2, 5, 1)
TLM_PRODUCT(tlm_pair_t2_avx2, 4, 2)
TLM_PRODUCT(tlm_pair_t5_avx2, 5, 2)
#endif
