// Work that is cut into parts, one a core. A chip with one core does all of it in one part (ref/cores.h); a
// chip with more brings its own cores.h in hal/<chip>.
#ifndef TLM_PARALLEL_H
#define TLM_PARALLEL_H

#include <stddef.h>
#include <stdint.h>

// The most parts that anything is cut into.
enum { TLM_PARTS_MAX = 2 };

// One of n_parts parts, 1 or 2; it may read anything and writes what no other part reads or writes.
typedef void tlm_part(const void *context, size_t index, size_t n_parts);

// `void tlm_parallel(tlm_part *part, const void *context)` does every part once; all are done, and seen by
// the caller, when it returns.
#include <cores.h> // of ref, or of the chip

// The items of part `index` begin here; those of part n_parts, where there are no more.
static inline size_t tlm_part_start(size_t n_items, size_t index, size_t n_parts) {
    return n_parts == 1 ? n_items * index : n_items * index / 2;
}

#endif
