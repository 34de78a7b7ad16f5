// Where the codes of a packed row lie.
#ifndef TLM_DIGITS_H
#define TLM_DIGITS_H

#include "kernels.h"
#include "trits.h"

// Chunk by chunk of a row: its codes are at `w`, 4 bytes apart, `n_groups` of them.
struct tlm_row_walk {
    const uint8_t *w;
    size_t n_groups;
    const uint8_t *chunk; // where the chunk begins
    size_t row, n_blocks, groups_left, chunk_groups;
};

static inline struct tlm_row_walk tlm_row_walk(const uint8_t *w, size_t row, size_t n_rows, size_t n_groups,
                                               size_t chunk_groups) {
    const struct tlm_row_walk walk = {NULL, 0, w, row, (n_rows + 3) / 4, n_groups, chunk_groups};
    return walk;
}

// The next chunk; 0 behind the last.
static inline size_t tlm_row_next(struct tlm_row_walk *walk) {
    walk->chunk += 4 * walk->n_blocks * walk->n_groups;
    walk->n_groups = walk->groups_left < walk->chunk_groups ? walk->groups_left : walk->chunk_groups;
    walk->groups_left -= walk->n_groups;
    walk->w = walk->chunk + 4 * (walk->row / 4) * walk->n_groups + walk->row % 4;
    return walk->n_groups;
}

#endif
