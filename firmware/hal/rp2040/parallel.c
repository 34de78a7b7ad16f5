// Work on both cores of the RP2040: core 0 posts a job in memory and wakes core 1 by an event. RP2040
// datasheet 2.8.2 (launching core 1), 2.3.1.4 (the FIFOs); Armv6-M manual B1.5.19 (events).
//
// A job is there while `work` is not null: core 0 sets it, core 1 clears it. Both wait by WFE: an event that
// came before the wait is remembered, so none is slept over. A core makes its transfers in the order of its
// instructions (Arm application note 321), so that what comes before `work` is set or cleared is there when
// it is. The event costs less than a poll of memory would take from the other core. Code and words lie in
// RAM: see memory.ld.
#include "kernels/parallel.h"
#include "hal/rp2040/chip.h"
#include "hal/rp2040/registers.h"

extern uint32_t _core1_stack_end[];

_Static_assert(offsetof(struct tlm_job, work) == 32 && offsetof(struct tlm_job, arguments) == 36 &&
                   offsetof(struct tlm_job, result) == 52 && offsetof(struct tlm_job, has_core1) == 60 &&
                   offsetof(struct tlm_job, norm) == 64 && offsetof(struct tlm_job, saved) == 80 &&
                   sizeof(struct tlm_job) == 100,
               "assembly knows the job");
_Noreturn void tlm_core1_jobs(void);

static inline void send_event(void) { __asm__ volatile("dsb\n sev" ::: "memory"); }

// Milliseconds; core 1 answers at once where it waits in ROM.
enum { SPINS_MAX = 20000, ATTEMPTS_MAX = 16 };

static bool becomes_ready(uint32_t flag) {
    for (uint32_t spins = 0; spins < SPINS_MAX; spins++) {
        if ((SIO_FIFO_ST & flag) != 0) return true;
    }
    return false;
}

// Sends one word and says whether core 1 echoed it.
static bool says(uint32_t word) {
    if (word == 0) {
        while ((SIO_FIFO_ST & SIO_FIFO_VALID) != 0) (void)SIO_FIFO_RD;
        send_event(); // It may wait for room in its own FIFO.
    }
    if (!becomes_ready(SIO_FIFO_READY)) return false;
    SIO_FIFO_WR = word;
    send_event();
    return becomes_ready(SIO_FIFO_VALID) && SIO_FIFO_RD == word;
}

void tlm_chip_start_core1(void) {
    const uint32_t words[] = {0, 0, 1, SCB_VTOR, (uint32_t)_core1_stack_end, (uint32_t)tlm_core1_jobs};
    const uint32_t n_words = sizeof words / sizeof *words;
    uint32_t i = 0;
    for (uint32_t attempt = 0; attempt < ATTEMPTS_MAX && i < n_words; attempt++) {
        i = 0;
        while (i < n_words && says(words[i])) i++;
    }
    tlm_job.has_core1 = i == n_words;
}
