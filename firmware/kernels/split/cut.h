// How vectors are cut in two for the cores: in the middle, the other core's half of whole fours.
//
// Lost, counted: vectors of 48 and 64 elements on one core, even those of the cheapest kernels.
#ifndef TLM_CUT_H
#define TLM_CUT_H

#include "kernels.h"
#include "parallel.h"

// Where the other core's half begins; the first half is not the smaller one.
static inline size_t tlm_middle(size_t n) { return n - n / 8 * 4; }

#endif
