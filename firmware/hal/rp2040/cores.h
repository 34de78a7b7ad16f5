// The two cores of the RP2040: parallel.c.
#ifndef TLM_CORES_H
#define TLM_CORES_H

enum { TLM_CORES = 2 };

void tlm_hand_over(tlm_work *work, void *context);
void tlm_await(void);

#endif
