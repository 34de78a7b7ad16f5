// The harness as a process: the request on standard input, the answer on standard output.
#include <sanitizer/asan_interface.h>
#include <stdio.h>
#include <stdlib.h>

#include "harness.h"

void platform_write(const char *text, uint32_t n_bytes) { fwrite(text, 1, n_bytes, stdout); }

void platform_fail(const char *message) {
    fflush(stdout);
    fprintf(stderr, "%s\n", message);
    exit(1);
}

void platform_forbid(void *bytes, uint32_t n_bytes) { __asan_poison_memory_region(bytes, n_bytes); }

void platform_allow(void *bytes, uint32_t n_bytes) { __asan_unpoison_memory_region(bytes, n_bytes); }

int main(void) {
    size_t n_bytes = 0, room = 1 << 20;
    uint8_t *request = malloc(room);
    for (size_t got; request != NULL && (got = fread(request + n_bytes, 1, room - n_bytes, stdin)) > 0;) {
        n_bytes += got;
        if (n_bytes == room) request = realloc(request, room *= 2);
    }
    if (request == NULL) platform_fail("out of memory");
    harness_run(request);
    free(request);
    return 0;
}
