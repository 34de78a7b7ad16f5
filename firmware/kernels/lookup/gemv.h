// The product of a matrix and one or two vectors out of tables and look-ups; lookup/gemv.c.
#ifndef TLM_GEMV_H
#define TLM_GEMV_H

#include "kernels.h"
#include "lookup.h"

// A packing of trits, as far as products know it.
struct tlm_packing {
    uint8_t group;                         // columns
    uint16_t bias;                         // of an entry
    uint16_t reciprocal, reciprocal_shift; // n columns are n * reciprocal >> reciprocal_shift whole groups
    void (*table)(uint16_t *table, const int8_t *x, size_t n_groups);
    void (*table_pair)(uint32_t *table, const int8_t *x0, const int8_t *x1, size_t n_groups);
};

extern const struct tlm_packing tlm_packing_t2, tlm_packing_t5;

// The arguments are those of gemv_s8_t5, gemv_more_s8_t5 and gemv_pair_s8_t5 (kernels.h).
void tlm_gemv(const struct tlm_packing *packing, int32_t *y, const uint8_t *w, const int8_t *x, size_t n_rows,
              size_t n_cols, size_t chunk_groups, uint16_t *table);
void tlm_gemv_more(const struct tlm_packing *packing, int32_t *y, const uint8_t *w, size_t n_rows,
                   size_t n_cols, uint16_t *table);
void tlm_gemv_pair(const struct tlm_packing *packing, int32_t *y, const uint8_t *w, const int8_t *x,
                   size_t n_rows, size_t n_cols, size_t chunk_groups, uint16_t *table, size_t table_groups);

#endif
