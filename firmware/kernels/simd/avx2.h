// The products for x86-64 machines with AVX2, which whoever calls them has made sure of.
#ifndef TLM_AVX2_H
#define TLM_AVX2_H

#include <stddef.h>
#include <stdint.h>

// Arguments as those of the kernel of the same name (kernels.h).
typedef void tlm_avx2_product(int32_t *y, const uint8_t *w, const int8_t *x, size_t n_rows, size_t n_cols,
                              size_t chunk_groups);

tlm_avx2_product tlm_t2_avx2, tlm_t5_avx2, tlm_pair_t2_avx2, tlm_pair_t5_avx2;

#endif
