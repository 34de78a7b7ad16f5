// Runs the dense int8 layer in the kernel harness.
#include "../support/kernel-harness/runners.h"
#include "dense_s8.h"

static void run_dense_s8(void) {
    const uint32_t n_rows = take_word(), n_cols = take_word();
    const struct array w = take_array(0), x = take_array(0);
    int32_t *y = reserve(4 * n_rows);
    harness_mark_start();
    dense_s8(y, w.values, x.values, n_rows, n_cols);
    harness_mark_stop();
    put(y, 4 * n_rows);
}

const struct runner bench_runners[] = {{"dense_s8", run_dense_s8}, {"", NULL}};
