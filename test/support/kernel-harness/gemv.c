// Runs what reads packed matrices: products of one and of two vectors, and rows of digits.
#include "gen/image.h"
#include "parallel.h"
#include "runners.h"

typedef void gemv(int32_t *y, const uint8_t *w, const int8_t *x, size_t n_rows, size_t n_cols,
                  size_t chunk_groups, uint16_t *table);
typedef void gemv_more(int32_t *y, const uint8_t *w, const int8_t *x, size_t n_rows, size_t n_cols,
                       uint16_t *table);
typedef void gemv_pair(int32_t *y, const uint8_t *w, const int8_t *x, size_t n_rows, size_t n_cols,
                       size_t chunk_groups, uint16_t *table, size_t table_groups);
typedef void digits(int8_t *row, const uint8_t *w, size_t index, size_t n_digits, size_t n_rows,
                    size_t n_cols, size_t chunk_groups);

// The integers of rows, without what pads the last block.
static void put_rows(const int32_t *y, uint32_t n_rows) {
    int32_t *rows = reserve(4 * n_rows);
    for (uint32_t i = 0; i < n_rows; i++) rows[i] = y[i];
    put(rows, 4 * n_rows);
}

static struct {
    int8_t *x;
    const int8_t *taken;
    uint32_t n;
} late;

static void write_late(void *context) {
    (void)context;
    for (uint32_t i = 0; i < late.n; i++) late.x[i] = late.taken[i];
}

// The other core, where there is one, has yet to write activations when a product is called: quantize_s32_s8
// may leave them so.
static void leave_undone(int8_t *x, uint32_t n) {
    int8_t *taken = reserve(n);
    for (uint32_t i = 0; i < n; i++) {
        taken[i] = x[i];
        x[i] = 0;
    }
    late.x = x;
    late.taken = taken;
    late.n = n;
    tlm_hand_over(write_late, NULL);
}

static void run_gemv(gemv *kernel, uint32_t group) {
    const uint32_t n_rows = take_word(), n_cols = take_word(), chunk_groups = take_word();
    const struct array w = take_array(0), x = take_array((n_cols + group - 1) / group * group - n_cols);
    const uint32_t y_bytes = (n_rows + 3) / 4 * 16,
                   table_bytes = (chunk_groups + 1) / 2 * 2 * TLM_IMAGE_TABLE_BYTES;
    int32_t *y = reserve(y_bytes);
    uint16_t *table = reserve(table_bytes);
    if (TLM_CORES > 1) leave_undone(x.values, x.n_bytes);
    harness_mark_start();
    kernel(y, w.values, x.values, n_rows, n_cols, chunk_groups, table);
    harness_mark_stop();
    check_guards(table, table_bytes);
    check_guards(y, y_bytes);
    put_rows(y, n_rows);
}

// The first rows by one kernel, those behind them by the other.
static void run_gemv_more(gemv *first, gemv_more *more, uint32_t group) {
    const uint32_t n_rows = take_word(), n_cols = take_word(), n_first = take_word();
    const uint32_t n_groups = (n_cols + group - 1) / group;
    const struct array w = take_array(0), x = take_array(n_groups * group - n_cols);
    const uint32_t y_bytes = (n_rows + 3) / 4 * 16,
                   table_bytes = (n_groups + 1) / 2 * 2 * TLM_IMAGE_TABLE_BYTES;
    const uint8_t *codes = w.values;
    int32_t *y = reserve(y_bytes);
    uint16_t *table = reserve(table_bytes);
    first(y, codes, x.values, n_first, n_cols, n_groups, table);
    harness_mark_start();
    more(y + n_first, codes + n_first * n_groups, x.values, n_rows - n_first, n_cols, table);
    harness_mark_stop();
    check_guards(table, table_bytes);
    check_guards(y, y_bytes);
    put_rows(y, n_rows);
}

static void run_gemv_pair(gemv_pair *kernel) {
    const uint32_t n_rows = take_word(), n_cols = take_word(), chunk_groups = take_word(),
                   table_groups = take_word();
    const struct array w = take_array(0), vectors = take_array(0);
    const uint32_t stride = TLM_PAIR_STRIDE(n_cols), n_sums = (n_rows + 3) / 4 * 4,
                   table_bytes = table_groups * TLM_IMAGE_TABLE_BYTES;
    const int8_t *taken = vectors.values;
    int8_t *x = reserve(2 * stride);
    for (uint32_t i = 0; i < 2 * stride; i++)
        x[i] = i % stride < n_cols ? taken[i / stride * n_cols + i % stride] : 0;
    int32_t *y = reserve(8 * n_sums);
    uint16_t *table = reserve(table_bytes);
    if (TLM_CORES > 1) leave_undone(x, 2 * stride);
    harness_mark_start();
    kernel(y, w.values, x, n_rows, n_cols, chunk_groups, table, table_groups);
    harness_mark_stop();
    check_guards(table, table_bytes);
    check_guards(y, 8 * n_sums);
    put_rows(y, n_rows);
    put_rows(y + n_sums, n_rows);
}

static void run_digits(digits *kernel) {
    const uint32_t index = take_word(), n_digits = take_word(), n_rows = take_word(), n_cols = take_word(),
                   chunk_groups = take_word();
    const struct array w = take_array(0);
    int8_t *row = reserve(n_cols);
    harness_mark_start();
    kernel(row, w.values, index, n_digits, n_rows, n_cols, chunk_groups);
    harness_mark_stop();
    put(row, n_cols);
}

static void run_gemv_s8_t2(void) { run_gemv(gemv_s8_t2, 4); }
static void run_gemv_s8_t5(void) { run_gemv(gemv_s8_t5, 5); }
static void run_gemv_more_s8_t2(void) { run_gemv_more(gemv_s8_t2, gemv_more_s8_t2, 4); }
static void run_gemv_more_s8_t5(void) { run_gemv_more(gemv_s8_t5, gemv_more_s8_t5, 5); }
static void run_gemv_pair_s8_t2(void) { run_gemv_pair(gemv_pair_s8_t2); }
static void run_gemv_pair_s8_t5(void) { run_gemv_pair(gemv_pair_s8_t5); }
static void run_digits_t2(void) { run_digits(digits_t2); }
static void run_digits_t5(void) { run_digits(digits_t5); }

const struct runner gemv_runners[] = {
    {"gemv_s8_t2", run_gemv_s8_t2},
    {"gemv_s8_t5", run_gemv_s8_t5},
    {"gemv_more_s8_t2", run_gemv_more_s8_t2},
    {"gemv_more_s8_t5", run_gemv_more_s8_t5},
    {"gemv_pair_s8_t2", run_gemv_pair_s8_t2},
    {"gemv_pair_s8_t5", run_gemv_pair_s8_t5},
    {"digits_t2", run_digits_t2},
    {"digits_t5", run_digits_t5},
    {"", NULL},
};
