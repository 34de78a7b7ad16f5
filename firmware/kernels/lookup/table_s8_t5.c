// table_s8_t5: the tables of groups of 5 activations.
#include "table.h"

void table_s8_t5(uint16_t *table, const int8_t *x, size_t n_groups) {
    for (; n_groups > 0; n_groups--, x += 5, table += TLM_TABLE_ENTRIES) {
        uint32_t entries[TLM_TABLE_ENTRIES] = {0}, columns[5];
        for (size_t i = 0; i < 5; i++) columns[i] = (uint32_t)x[i];
        tlm_table_t5(entries, TLM_BIAS_T5, columns);
        for (size_t i = 0; i < TLM_TABLE_ENTRIES; i++) table[i] = (uint16_t)entries[i];
    }
}
