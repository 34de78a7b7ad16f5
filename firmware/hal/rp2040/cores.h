// The two cores of the RP2040: parallel.c.
#ifndef TLM_CORES_H
#define TLM_CORES_H

enum { TLM_CORES = 2 };

// What core 1 has to do. Both cores find all of it by one address, where core 1's stack ends: the first words
// are the arguments on the stack of what it calls. Twins: parallel_jobs.S and kernels/split/split_asm.h.
struct tlm_job {
    uint32_t stack[8];
    tlm_work *volatile work; // null where it has nothing
    void *volatile arguments[4];
    uint32_t result[2];
    uint32_t has_core1; // 0 or 1
    uint32_t norm[4];   // of norm_s32
    uint32_t saved[5];  // of core 0, while it does its own part
};
extern struct tlm_job tlm_job;

// Returns when what was handed over is done.
void tlm_await(void);

// The event is sent when both words are there, and `work` is set when everything is that it reads: the
// compiler keeps that order by the first line, the core by itself.
static inline void tlm_hand_over(tlm_work *work, void *context) {
    struct tlm_job *const job = &tlm_job;
    if (job->work != 0) tlm_await(); // what a kernel has left undone
    __asm__ volatile("" ::: "memory");
    job->arguments[0] = context;
    job->work = work;
    __asm__ volatile("dsb\n sev" ::: "memory");
}

#endif
