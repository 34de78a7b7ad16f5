// One core does everything.
#ifndef TLM_CORES_H
#define TLM_CORES_H

enum { TLM_CORES = 1 };

static inline void tlm_hand_over(tlm_work *work, void *context) { work(context); }
static inline void tlm_await(void) {}

#endif
