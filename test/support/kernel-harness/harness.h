// Runs single kernels on requests: what a case of test/fixtures/kernels becomes, and who reads and writes the
// bytes.
//
// A request is a row of cases, each: the name of a kernel in 32 bytes, then its arguments as words and
// arrays; an array is a word with its bytes, then those, padded to 4. A word of zero ends it. Every case is
// answered by one line: the arrays that the kernel wrote, as hexadecimal bytes, with a space between them.
// Twin: encodeCase() in test/support/kernel-harness.ts.
#ifndef KERNEL_HARNESS_H
#define KERNEL_HARNESS_H

#include <stdint.h>

void harness_run(const uint8_t *request);

// By the platform: text to standard output, and the end of everything with a message.
void platform_write(const char *text, uint32_t n_bytes);
_Noreturn void platform_fail(const char *message);

// By the platform: makes bytes fail when they are touched, where it can, or allows them again.
void platform_forbid(void *bytes, uint32_t n_bytes);
void platform_allow(void *bytes, uint32_t n_bytes);

// What lies between is counted.
void harness_mark_start(void);
void harness_mark_stop(void);

#endif
