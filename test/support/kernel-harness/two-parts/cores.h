// tlm_parallel where two cores are pretended: both parts, one after the other, the second one first.
#ifndef TLM_CORES_H
#define TLM_CORES_H

static inline void tlm_parallel(tlm_part *part, const void *context) {
    part(context, 1, 2);
    part(context, 0, 2);
}

#endif
