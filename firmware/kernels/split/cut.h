// How vectors are cut into the parts of tlm_parallel: in the middle, at a multiple of four elements.
#ifndef TLM_CUT_H
#define TLM_CUT_H

#include "kernels.h"
#include "parallel.h"

struct tlm_range {
    size_t first, n;
};

// The first part is not the smaller one.
static inline struct tlm_range tlm_cut(size_t n, size_t index, size_t n_parts) {
    const size_t up = (n + 7) / 8 * 4, middle = n_parts == 1 || up > n ? n : up;
    const struct tlm_range range = {index == 0 ? 0 : middle, index == 0 ? middle : n - middle};
    return range;
}

#endif
