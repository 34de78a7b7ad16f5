// What the functions that run one kernel each share: arguments, buffers between guards, answers.
#ifndef KERNEL_RUNNERS_H
#define KERNEL_RUNNERS_H

#include <stddef.h>

#include "harness.h"
#include "kernels.h"

struct runner {
    char name[32];
    void (*run)(void);
};

// Each ends with a runner without a name. A core class without look-up kernels has none for them; those of
// what kernels are compared with come with the bench.
extern const struct runner gemv_runners[], vector_runners[], fixed_runners[];
extern const struct runner lookup_runners[] __attribute__((weak)), bench_runners[] __attribute__((weak));

struct array {
    void *values;
    uint32_t n_bytes;
};

uint32_t take_word(void);
struct tlm_unit take_unit(void);

// An array of the request, in a buffer with `extra` zeros behind it, and one that starts `skew` bytes beyond
// a word.
struct array take_array(uint32_t extra);
struct array take_skewed(uint32_t skew);

// A buffer between guards. It starts on a word, but on no double word, so that no kernel asks for more.
void *reserve(uint32_t n_bytes);
// Gives back what was reserved since.
uint32_t reserved(void);
void release(uint32_t mark);

// Fails where a guard was written to.
void check_guards(const void *buffer, uint32_t n_bytes);

void put(const void *values, uint32_t n_bytes); // of a whole buffer
void put_word(uint32_t word);
void put_long(uint64_t value); // low word, high word

void must_equal(const void *a, const void *b, uint32_t n_bytes);

#endif
