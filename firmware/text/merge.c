// Byte-pair merging of one word: binary search among the pairs, which lie sorted in the image.
#include "merge.h"

#include <stddef.h>

static const struct tlm_image_merge *find(const struct tlm_tokenizer_section *section, uint16_t left,
                                          uint16_t right) {
    const uint32_t key = (uint32_t)left << 16 | right;
    uint32_t low = 0, high = section->head->n_merges;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        const struct tlm_image_merge *merge = section->merges + middle;
        const uint32_t here = (uint32_t)merge->left << 16 | merge->right;
        if (here == key) return merge;
        if (here < key)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

uint32_t tlm_merge_word(const struct tlm_tokenizer_section *section, uint16_t *symbols, uint32_t n) {
    for (;;) {
        const struct tlm_image_merge *best = NULL;
        uint32_t place = 0;
        for (uint32_t i = 0; i + 1 < n; i++) {
            const struct tlm_image_merge *merge = find(section, symbols[i], symbols[i + 1]);
            if (merge != NULL && (best == NULL || merge->rank < best->rank)) {
                best = merge;
                place = i;
            }
        }
        if (best == NULL) return n;
        symbols[place] = best->result;
        n--;
        for (uint32_t i = place + 1; i < n; i++) symbols[i] = symbols[i + 1];
    }
}
