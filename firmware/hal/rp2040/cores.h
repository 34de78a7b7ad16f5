// The two cores of the RP2040: parallel.c.
#ifndef TLM_CORES_H
#define TLM_CORES_H

enum { TLM_CORES = 2 };

// What core 1 has to do; both cores find all of it by one address.
struct tlm_job {
    tlm_work *volatile work; // null where it has nothing
    void *volatile context;
};
extern struct tlm_job tlm_job;

// The event is sent when both are there, and `work` is set when everything is that it reads: the compiler
// keeps that order by the first line, the core by itself.
static inline void tlm_hand_over(tlm_work *work, void *context) {
    __asm__ volatile("" ::: "memory");
    tlm_job.context = context;
    tlm_job.work = work;
    __asm__ volatile("dsb\n sev" ::: "memory");
}

void tlm_await(void);

#endif
