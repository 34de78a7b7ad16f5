// lookup_u16: four rows at a time.
#include "lookup.h"

void lookup_u16(int32_t *y, const uint8_t *w, size_t n_blocks, size_t n_groups, const uint16_t *table,
                struct tlm_beginning beginning) {
    for (; n_blocks > 0; n_blocks--) {
        uint32_t sums[4] = {0};
        const uint16_t *entries = table;
        for (size_t i = 0; i < n_groups; i++, w += 4, entries += TLM_TABLE_ENTRIES) {
            for (size_t row = 0; row < 4; row++) sums[row] += entries[w[row]];
        }
        for (size_t row = 0; row < 4; row++, y++)
            *y = (beginning.adds ? *y : beginning.start) + (int32_t)sums[row];
    }
}
