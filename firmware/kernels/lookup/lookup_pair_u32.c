// lookup_pair_u32: four rows at a time; the halves of a sum stay apart, since each stays below 2^16.
#include "lookup.h"

void lookup_pair_u32(int32_t *y0, int32_t *y1, const uint8_t *w, size_t n_blocks, size_t n_groups,
                     size_t stride, const uint32_t *table, struct tlm_beginning beginning) {
    const uint32_t adds = beginning.adds & 1;
    for (; n_blocks > 0; n_blocks--, w += stride) {
        uint32_t sums[4] = {0};
        for (size_t row = 0; row < 4 && (beginning.adds & TLM_FROM_WORDS); row++)
            sums[row] = (uint32_t)y0[row];
        for (size_t i = 0; i < n_groups; i++) {
            for (size_t row = 0; row < 4; row++) sums[row] += table[i * TLM_TABLE_ENTRIES + w[4 * i + row]];
        }
        for (size_t row = 0; row < 4; row++, y0++, y1++) {
            if (beginning.adds & TLM_TO_WORDS) {
                *y0 = (int32_t)sums[row];
                continue;
            }
            *y0 = (adds ? *y0 : beginning.start) + (int32_t)(sums[row] & 0xffffu);
            *y1 = (adds ? *y1 : beginning.start) + (int32_t)(sums[row] >> 16);
        }
    }
}
