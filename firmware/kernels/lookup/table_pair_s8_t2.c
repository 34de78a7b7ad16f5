// table_pair_s8_t2: the tables of groups of 4 activations of two vectors.
#include "table.h"

void table_pair_s8_t2(uint32_t *table, const int8_t *x0, const int8_t *x1, size_t n_groups) {
    for (; n_groups > 0; n_groups--, x0 += 4, x1 += 4, table += TLM_TABLE_ENTRIES) {
        uint32_t columns[4];
        for (size_t i = 0; i < 4; i++) columns[i] = (uint32_t)x0[i] + ((uint32_t)x1[i] << 16);
        tlm_table_t2(table, TLM_BIAS_T2 * 0x10001u, columns);
    }
}
