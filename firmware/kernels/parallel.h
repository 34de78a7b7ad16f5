// Work that is cut into parts, one a core. A chip with one core does all of it in one part (ref/parallel.c);
// a chip with more brings its own parallel.c in hal/<chip>.
#ifndef TLM_PARALLEL_H
#define TLM_PARALLEL_H

#include <stddef.h>
#include <stdint.h>

// One part of n_parts; it may read anything and writes what no other part reads or writes.
typedef void tlm_part(const void *context, size_t index, size_t n_parts);

// Does every part once; all are done, and seen by the caller, when it returns.
void tlm_parallel(tlm_part *part, const void *context);

// The items of part `index` begin here; those of part n_parts begin where there are no more.
static inline size_t tlm_part_start(size_t n_items, size_t index, size_t n_parts) {
    return n_parts == 1 ? n_items * index : n_items * index / n_parts;
}

#endif
