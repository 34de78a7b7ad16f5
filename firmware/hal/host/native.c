// The chip layer of a native process: the UART is stdin and stdout, the image is the file that TERNLET_IMAGE
// names.
#define _GNU_SOURCE
#include "hal/hal.h"
#include "hal/ring.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include TLM_BOARD_H

static uint8_t received_bytes[1024];
static struct ring received = {received_bytes, sizeof received_bytes - 1, 0, 0};
static bool ended;
static uint8_t image[TLM_BOARD_IMAGE_BYTES_MAX] __attribute__((aligned(8)));
static uint8_t arena[TLM_BOARD_RAM_BYTES] __attribute__((aligned(8)));
static uint32_t image_bytes;

static void fail(const char *what, const char *name) {
    fprintf(stderr, "ternlet device: %s %s: ", what, name);
    perror(NULL);
    exit(1);
}

void tlm_hal_init(void) {
    const char *path = getenv("TERNLET_IMAGE");
    if (path == NULL) return;
    FILE *file = fopen(path, "rb");
    if (file == NULL) fail("cannot open", path);
    image_bytes = (uint32_t)fread(image, 1, sizeof image, file);
    if (ferror(file) != 0) fail("cannot read", path);
    fclose(file);
}

// Fills the ring with what has arrived; waits at most limit_ms, for ever when negative.
static void take_input(int limit_ms) {
    while (!ended && ring_count(&received) <= received.mask) {
        struct pollfd input = {STDIN_FILENO, POLLIN, 0};
        if (poll(&input, 1, ring_count(&received) > 0 ? 0 : limit_ms) <= 0) return;
        uint8_t bytes[sizeof received_bytes];
        const ssize_t n_bytes = read(STDIN_FILENO, bytes, received.mask + 1 - ring_count(&received));
        if (n_bytes < 0 && (errno == EINTR || errno == EAGAIN)) return;
        if (n_bytes <= 0) ended = true;
        for (ssize_t i = 0; i < n_bytes; i++) ring_put(&received, bytes[i]);
    }
}

uint32_t tlm_hal_read(uint8_t *bytes, uint32_t n_bytes) {
    take_input(0);
    uint32_t i = 0;
    while (i < n_bytes && ring_take(&received, &bytes[i])) i++;
    return i;
}

bool tlm_hal_pending(uint8_t byte) {
    take_input(0);
    return ring_holds(&received, byte);
}

// The pipe holds back what does not fit.
bool tlm_hal_overrun(void) { return false; }

void tlm_hal_write(const uint8_t *bytes, uint32_t n_bytes) {
    while (n_bytes > 0) {
        const ssize_t written = write(STDOUT_FILENO, bytes, n_bytes);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0 && errno == EAGAIN) {
            struct pollfd output = {STDOUT_FILENO, POLLOUT, 0};
            poll(&output, 1, -1);
            continue;
        }
        if (written <= 0) exit(0); // Whoever listened is gone.
        bytes += written;
        n_bytes -= (uint32_t)written;
    }
}

uint32_t tlm_hal_time_us(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint32_t)((uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000);
}

uint32_t tlm_hal_clock_hz(void) { return 0; }
void tlm_hal_markers_enable(bool on) { (void)on; }
void tlm_hal_marker(uint32_t level) { (void)level; }

void tlm_hal_sleep(void) {
    take_input(-1);
    if (ended && ring_count(&received) == 0) exit(0);
}

void tlm_hal_memory(struct tlm_memory *memory) {
    *memory = (struct tlm_memory){
        .image = image,
        .image_bytes_max = image_bytes,
        .arena = arena,
        .arena_bytes = sizeof arena,
    };
}

// The same process starts over: what has arrived and was not read is lost, as on a chip.
void tlm_hal_reset(void) {
    char *const arguments[] = {"ternlet-device", NULL};
    execv("/proc/self/exe", arguments);
    exit(1);
}

void tlm_hal_bootloader(void) {}
