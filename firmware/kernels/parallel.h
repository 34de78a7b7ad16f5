// Work that two cores share: a kernel hands one half over and does the other one itself. A chip with one core
// does both (ref/cores.h); a chip with two brings its own cores.h in hal/<chip>.
#ifndef TLM_PARALLEL_H
#define TLM_PARALLEL_H

#include <stddef.h>
#include <stdint.h>

// What is handed over; it may read anything, and neither half writes what the other one reads or writes.
typedef void tlm_work(void *context);

// `TLM_CORES`, 1 or 2; `void tlm_hand_over(tlm_work *work, void *context)` has it done by the other core,
// or, where none answers, at once; `void tlm_await(void)` returns when nothing is left to do, and all that
// was done is seen.
#include <cores.h> // of ref, or of the chip

// How many of n items stay with the core that has them, which begins earlier; all where it is alone.
static inline size_t tlm_own_share(size_t n_items) { return TLM_CORES == 1 ? n_items : (n_items + 1) / 2; }

#endif
