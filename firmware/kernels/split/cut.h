// How vectors are cut into the parts of tlm_parallel: in the middle, the second part of whole fours.
//
// Lost, counted: vectors of 48 and 64 elements on one core, even those of the cheapest kernels.
#ifndef TLM_CUT_H
#define TLM_CUT_H

#include "kernels.h"
#include "parallel.h"

struct tlm_range {
    size_t first, n;
};

// The first part is not the smaller one.
static inline struct tlm_range tlm_cut(size_t n, size_t index, size_t n_parts) {
    const size_t middle = n_parts == 1 ? n : n - n / 8 * 4;
    const struct tlm_range range = {index == 0 ? 0 : middle, index == 0 ? middle : n - middle};
    return range;
}

#endif
