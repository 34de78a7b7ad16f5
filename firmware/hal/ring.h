// A queue of bytes between an interrupt and the main loop: one writer, one reader, size a power of two.
#ifndef TLM_RING_H
#define TLM_RING_H

#include <stdbool.h>
#include <stdint.h>

struct ring {
    uint8_t *bytes;
    uint32_t mask;         // size - 1
    volatile uint32_t in;  // bytes ever put, written by the writer alone
    volatile uint32_t out; // bytes ever taken, written by the reader alone
};

static inline __attribute__((always_inline)) uint32_t ring_count(const struct ring *ring) {
    return ring->in - ring->out;
}

// False when it is full.
static inline __attribute__((always_inline)) bool ring_put(struct ring *ring, uint8_t byte) {
    const uint32_t in = ring->in;
    if (in - ring->out > ring->mask) return false;
    ring->bytes[in & ring->mask] = byte;
    __asm__ volatile("" ::: "memory"); // The byte is there before the count says so.
    ring->in = in + 1;
    return true;
}

// False when it is empty.
static inline __attribute__((always_inline)) bool ring_take(struct ring *ring, uint8_t *byte) {
    const uint32_t out = ring->out;
    if (ring->in == out) return false;
    *byte = ring->bytes[out & ring->mask];
    __asm__ volatile("" ::: "memory");
    ring->out = out + 1;
    return true;
}

static inline bool ring_holds(const struct ring *ring, uint8_t byte) {
    for (uint32_t i = ring->out; i != ring->in; i++) {
        if (ring->bytes[i & ring->mask] == byte) return true;
    }
    return false;
}

#endif
