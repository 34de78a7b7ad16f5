// lookup_u16: four rows at a time.
#include "lookup.h"

void lookup_u16(int32_t *y, const uint8_t *w, size_t n_blocks, size_t n_groups, const uint16_t *table) {
    for (; n_blocks > 0; n_blocks--, y += 4) {
        uint32_t a = 0, b = 0, c = 0, d = 0;
        const uint16_t *entries = table;
        for (size_t i = 0; i < n_groups; i++, w += 4, entries += TLM_TABLE_ENTRIES) {
            a += entries[w[0]];
            b += entries[w[1]];
            c += entries[w[2]];
            d += entries[w[3]];
        }
        y[0] += (int32_t)a, y[1] += (int32_t)b, y[2] += (int32_t)c, y[3] += (int32_t)d;
    }
}
