// Reads cases, calls kernels, writes what they wrote; see harness.h. Bytes around every buffer must stay.
#include "harness.h"

#include <stdbool.h>

#include "runners.h"

enum { GUARD_BYTES = 20, GUARD = 0xa5 }; // with the guard a buffer starts 4 bytes beyond a multiple of 8
#ifndef HARNESS_WORK_BYTES
#define HARNESS_WORK_BYTES (1024 * 1024)
#endif

static uint8_t work[HARNESS_WORK_BYTES] __attribute__((aligned(16)));
static uint32_t used;
static const uint8_t *at;

__attribute__((noinline)) void harness_mark_start(void) { __asm__ volatile("" ::: "memory"); }
__attribute__((noinline)) void harness_mark_stop(void) { __asm__ volatile("" ::: "memory"); }

static bool equal(const void *a, const void *b, uint32_t n_bytes) {
    const uint8_t *left = a, *right = b;
    for (uint32_t i = 0; i < n_bytes; i++) {
        if (left[i] != right[i]) return false;
    }
    return true;
}

uint32_t take_word(void) {
    const uint32_t word =
        (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
    at += 4;
    return word;
}

struct tlm_unit take_unit(void) {
    struct tlm_unit unit;
    unit.room = take_word();
    unit.scale.m = take_word();
    unit.scale.e = (int32_t)take_word();
    return unit;
}

static void *reserve_skewed(uint32_t n_bytes, uint32_t skew) {
    const uint32_t start = used + GUARD_BYTES + skew, end = start + n_bytes;
    if (end + GUARD_BYTES > HARNESS_WORK_BYTES) platform_fail("a case needs more memory");
    platform_allow(work + used, end + GUARD_BYTES - used);
    for (uint32_t i = used; i < end + GUARD_BYTES; i++) work[i] = GUARD;
    platform_forbid(work + used, start - used);
    platform_forbid(work + end, GUARD_BYTES);
    used = (end + GUARD_BYTES + 7) / 8 * 8;
    return work + start;
}

void *reserve(uint32_t n_bytes) { return reserve_skewed(n_bytes, 0); }

uint32_t reserved(void) { return used; }

void release(uint32_t mark) { used = mark; }

void check_guards(const void *buffer, uint32_t n_bytes) {
    const uint32_t start = (uint32_t)((const uint8_t *)buffer - work);
    uint8_t *before = work + start - GUARD_BYTES, *behind = work + start + n_bytes;
    platform_allow(before, GUARD_BYTES);
    platform_allow(behind, GUARD_BYTES);
    for (uint32_t i = 0; i < GUARD_BYTES; i++) {
        if (before[i] != GUARD || behind[i] != GUARD) platform_fail("a kernel wrote beside a buffer");
    }
    platform_forbid(before, GUARD_BYTES);
    platform_forbid(behind, GUARD_BYTES);
}

static struct array take(uint32_t extra, uint32_t skew) {
    const uint32_t n_bytes = take_word();
    uint8_t *values = reserve_skewed(n_bytes + extra, skew);
    for (uint32_t i = 0; i < n_bytes + extra; i++) values[i] = i < n_bytes ? at[i] : 0;
    at += (n_bytes + 3) / 4 * 4;
    const struct array array = {values, n_bytes};
    return array;
}

struct array take_array(uint32_t extra) {
    return take(extra, 0);
}

struct array take_skewed(uint32_t skew) {
    return take(0, skew);
}

void put(const void *values, uint32_t n_bytes) {
    const uint8_t *bytes = values;
    char text[2];
    check_guards(values, n_bytes);
    for (uint32_t i = 0; i < n_bytes; i++) {
        text[0] = "0123456789abcdef"[bytes[i] >> 4];
        text[1] = "0123456789abcdef"[bytes[i] & 15];
        platform_write(text, 2);
    }
    platform_write(" ", 1);
}

void put_word(uint32_t word) {
    uint32_t *copy = reserve(4);
    *copy = word;
    put(copy, 4);
}

void put_long(uint64_t value) {
    uint32_t *copy = reserve(8);
    copy[0] = (uint32_t)value;
    copy[1] = (uint32_t)(value >> 32);
    put(copy, 8);
}

void must_equal(const void *a, const void *b, uint32_t n_bytes) {
    if (!equal(a, b, n_bytes)) platform_fail("a kernel differs when it works in place");
}

static const struct runner *find(const struct runner *runner, const uint8_t *name) {
    if (runner == NULL) return NULL;
    while (runner->run != NULL && !equal(runner->name, name, sizeof runner->name)) runner++;
    return runner->run == NULL ? NULL : runner;
}

void harness_run(const uint8_t *request) {
    at = request;
    while (at[0] != 0) {
        const struct runner *runner = find(gemv_runners, at);
        if (runner == NULL) runner = find(vector_runners, at);
        if (runner == NULL) runner = find(fixed_runners, at);
        if (runner == NULL) runner = find(lookup_runners, at);
        if (runner == NULL) runner = find(bench_runners, at);
        if (runner == NULL) platform_fail("no such kernel");
        at += sizeof runner->name;
        used = 0;
        runner->run();
        platform_write("\n", 1);
    }
}
