// table_s8_t2: the tables of groups of 4 activations.
#include "table.h"

void table_s8_t2(uint16_t *table, const int8_t *x, size_t n_groups) {
    for (; n_groups > 0; n_groups--, x += 4, table += TLM_TABLE_ENTRIES) {
        uint32_t entries[TLM_TABLE_ENTRIES] = {0}, columns[4];
        for (size_t i = 0; i < 4; i++) columns[i] = (uint32_t)x[i];
        tlm_table_t2(entries, TLM_BIAS_T2, columns);
        for (size_t i = 0; i < TLM_TABLE_ENTRIES; i++) table[i] = (uint16_t)entries[i];
    }
}
