// Where the codes of a packed row lie.
#ifndef TLM_DIGITS_H
#define TLM_DIGITS_H

#include "kernels.h"
#include "trits.h"

struct tlm_digits {
    const uint8_t *w;
    size_t n_rows, n_cols, group_columns, chunk_groups;
};

static inline uint32_t tlm_digits_code(const struct tlm_digits *d, size_t row, size_t group) {
    const size_t n_groups = (d->n_cols + d->group_columns - 1) / d->group_columns;
    const size_t first = group / d->chunk_groups * d->chunk_groups, left = n_groups - first;
    const size_t size = left < d->chunk_groups ? left : d->chunk_groups;
    return d->w[4 * ((d->n_rows + 3) / 4 * first + row / 4 * size + (group - first)) + row % 4];
}

#endif
