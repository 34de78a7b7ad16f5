// Byte-pair merging of one word: binary search among the pairs, by the ranks that lie sorted in the image.
#include "merge.h"

enum { NONE = 0xffff }; // no rank: there are at most so many merges

static uint32_t find(const struct tlm_tokenizer_section *section, uint16_t left, uint16_t right) {
    const uint32_t key = (uint32_t)left << 16 | right;
    uint32_t low = 0, high = section->head->n_merges;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2, rank = section->order[middle];
        const uint32_t here = tlm_merge_pair(section, rank);
        if (here == key) return rank;
        if (here < key)
            low = middle + 1;
        else
            high = middle;
    }
    return NONE;
}

uint32_t tlm_merge_word(const struct tlm_tokenizer_section *section, uint16_t *symbols, uint32_t n) {
    for (;;) {
        uint32_t best = NONE, place = 0;
        for (uint32_t i = 0; i + 1 < n; i++) {
            const uint32_t rank = find(section, symbols[i], symbols[i + 1]);
            if (rank < best) {
                best = rank;
                place = i;
            }
        }
        if (best == NONE) return n;
        symbols[place] = tlm_merge_result(section, best);
        n--;
        for (uint32_t i = place + 1; i < n; i++) symbols[i] = symbols[i + 1];
    }
}
