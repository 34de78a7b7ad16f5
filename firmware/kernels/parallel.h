// Work that two cores share: a kernel hands one half over and does the other one itself. A chip with one core
// does both (ref/cores.h); a chip with two brings its own cores.h in hal/<chip>.
#ifndef TLM_PARALLEL_H
#define TLM_PARALLEL_H

#include <stddef.h>
#include <stdint.h>

// What is handed over; it may read anything, and neither half writes what the other one reads or writes.
typedef void tlm_work(void *context);

// `TLM_CORES`, 1 or 2; `void tlm_hand_over(tlm_work *work, void *context)` has the other core begin with it;
// `void tlm_await(void)` returns when it is done, and what was done is seen. Where no other core answers,
// either of them does it itself.
#include <cores.h> // of ref, or of the chip

// How many of n items stay with the core that has them, which begins earlier; all where it is alone.
static inline size_t tlm_own_share(size_t n_items) { return TLM_CORES == 1 ? n_items : (n_items + 1) / 2; }

#endif
