// The two cores of the RP2040: parallel.c.
#ifndef TLM_CORES_H
#define TLM_CORES_H

void tlm_parallel(tlm_part *part, const void *context);

#endif
