// Products on this computer, to be timed: each kernel of simd and a dense int8 layer, on the same shape.
//
// As a process it times them in turn, round by round, and prints a line a round; as WebAssembly the host
// calls and times them.
#include "kernels.h"

enum { MOST_ROWS = 704, MOST_COLUMNS = 704, MOST_WEIGHTS = 704 * 256, TABLE_GROUPS = 64 };
enum { N_KERNELS = 5 };

void bench_prepare(size_t rows, size_t columns, size_t chunk_t5, size_t chunk_t2);
void bench_run(size_t kernel, size_t times);

static int32_t y[2 * MOST_ROWS];
static int8_t x[2 * (MOST_COLUMNS + 16)], dense[MOST_WEIGHTS];
static uint8_t t5[MOST_WEIGHTS / 4], t2[MOST_WEIGHTS / 2];
static uint16_t table[TABLE_GROUPS * 256];
static size_t n_rows, n_cols, t5_chunk, t2_chunk;

// One row after the other, as compilers turn into vectors of 16 bits best.
static void dense_s8(void) {
    for (size_t row = 0; row < n_rows; row++) {
        const int8_t *w = dense + row * n_cols;
        int32_t sum = 0;
        for (size_t i = 0; i < n_cols; i++) sum += w[i] * x[i];
        y[row] = sum;
    }
}

static uint32_t draw(uint32_t most) {
    static uint32_t state = 1;
    state = state * 1664525u + 1013904223u;
    return (state >> 8) % (most + 1);
}

// Fills everything for a shape of at most MOST_WEIGHTS weights.
void bench_prepare(size_t rows, size_t columns, size_t chunk_t5, size_t chunk_t2) {
    static const uint8_t weights[5] = {1, 3, 9, 28, 84}, pairs[3] = {0, 1, 3};
    n_rows = rows;
    n_cols = columns;
    t5_chunk = chunk_t5;
    t2_chunk = chunk_t2;
    for (size_t i = 0; i < sizeof x; i++) x[i] = (int8_t)((int32_t)draw(254) - 127);
    for (size_t i = 0; i < MOST_WEIGHTS; i++) dense[i] = (int8_t)((int32_t)draw(254) - 127);
    for (size_t i = 0; i < sizeof t5; i++) {
        uint32_t code = 0;
        for (size_t k = 0; k < 5; k++) code += draw(2) * weights[k];
        t5[i] = (uint8_t)code;
    }
    for (size_t i = 0; i < sizeof t2; i++) {
        uint32_t code = 0;
        for (size_t k = 0; k < 4; k++) code |= (uint32_t)pairs[draw(2)] << 2 * k;
        t2[i] = (uint8_t)code;
    }
}

// Twin: hostKernels in test/bench/host.ts.
void bench_run(size_t kernel, size_t times) {
    for (size_t i = 0; i < times; i++) {
        if (kernel == 0) dense_s8();
        if (kernel == 1) gemv_s8_t5(y, t5, x, n_rows, n_cols, t5_chunk, table);
        if (kernel == 2) gemv_pair_s8_t5(y, t5, x, n_rows, n_cols, t5_chunk, table, TABLE_GROUPS);
        if (kernel == 3) gemv_s8_t2(y, t2, x, n_rows, n_cols, t2_chunk, table);
        if (kernel == 4) gemv_pair_s8_t2(y, t2, x, n_rows, n_cols, t2_chunk, table, TABLE_GROUPS);
        __asm__ volatile("" ::: "memory");
    }
}

#ifndef __wasm__
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double now(void) {
    struct timespec time;
    timespec_get(&time, TIME_UTC);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

// Arguments: rounds, then how often a kernel runs in a round, then rows, columns and both chunks of each
// shape.
int main(int argc, char **argv) {
    const int n_rounds = atoi(argv[1]), times = atoi(argv[2]);
    for (int round = 0; round < n_rounds; round++) {
        for (int at = 3; at + 3 < argc; at += 4) {
            bench_prepare((size_t)atoi(argv[at]), (size_t)atoi(argv[at + 1]), (size_t)atoi(argv[at + 2]),
                          (size_t)atoi(argv[at + 3]));
            for (size_t kernel = 0; kernel < N_KERNELS; kernel++) {
                bench_run(kernel, 1);
                const double start = now();
                bench_run(kernel, (size_t)times);
                printf("%.0f ", now() - start);
            }
        }
        printf("\n");
    }
    return 0;
}
#endif
