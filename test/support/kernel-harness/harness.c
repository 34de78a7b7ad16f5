// Reads cases, calls kernels, writes what they wrote; see harness.h. Bytes around every buffer must stay.
#include "harness.h"

#include <stdbool.h>
#include <stddef.h>

#include "kernels.h"

enum { WORK_BYTES = 72 * 1024, GUARD_BYTES = 16, GUARD = 0xa5 };

static uint8_t work[WORK_BYTES] __attribute__((aligned(16)));
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

static uint32_t take_word(void) {
    const uint32_t word =
        (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
    at += 4;
    return word;
}

// A buffer between guards, aligned to 8 bytes, so that every kernel may use words.
static void *reserve(uint32_t n_bytes) {
    const uint32_t start = used + GUARD_BYTES, end = start + n_bytes;
    if (end + GUARD_BYTES > WORK_BYTES) platform_fail("a case needs more memory");
    for (uint32_t i = used; i < end + GUARD_BYTES; i++) work[i] = GUARD;
    used = (end + 7) / 8 * 8;
    return work + start;
}

static void check_guards(const void *buffer, uint32_t n_bytes) {
    const uint8_t *bytes = buffer;
    for (uint32_t i = 0; i < GUARD_BYTES; i++) {
        if (bytes[n_bytes + i] != GUARD || bytes[-1 - (int32_t)i] != GUARD)
            platform_fail("a kernel wrote beside a buffer");
    }
}

struct array {
    void *values;
    uint32_t n_bytes;
};

// An array of the request, in a buffer with `extra` zeros behind it.
static struct array take_array(uint32_t extra) {
    const uint32_t n_bytes = take_word();
    uint8_t *values = reserve(n_bytes + extra);
    for (uint32_t i = 0; i < n_bytes + extra; i++) values[i] = i < n_bytes ? at[i] : 0;
    at += (n_bytes + 3) / 4 * 4;
    const struct array array = {values, n_bytes};
    return array;
}

static void put(const void *values, uint32_t n_bytes) {
    const uint8_t *bytes = values;
    char text[3] = " ";
    check_guards(values, n_bytes);
    for (uint32_t i = 0; i < n_bytes; i++) {
        text[0] = "0123456789abcdef"[bytes[i] >> 4];
        text[1] = "0123456789abcdef"[bytes[i] & 15];
        platform_write(text, 2);
    }
    platform_write(" ", 1);
}

static void put_word(uint32_t word) {
    uint32_t *copy = reserve(4);
    *copy = word;
    put(copy, 4);
}

static void must_equal(const void *a, const void *b, uint32_t n_bytes) {
    if (!equal(a, b, n_bytes)) platform_fail("a kernel differs when it works in place");
}

static void run_gemv_s8_t2(void) {
    const uint32_t n_rows = take_word(), n_cols = take_word();
    const struct array w = take_array(0), x = take_array(0);
    int32_t *y = reserve(4 * n_rows);
    harness_mark_start();
    gemv_s8_t2(y, w.values, x.values, n_rows, n_cols);
    harness_mark_stop();
    put(y, 4 * n_rows);
}

static void run_gemv_s8_t5(void) {
    const uint32_t n_rows = take_word(), n_cols = take_word(), chunk_groups = take_word();
    const struct array w = take_array(0), x = take_array(4);
    const uint32_t y_bytes = (n_rows + 3) / 4 * 16, table_bytes = chunk_groups * 504;
    int32_t *y = reserve(y_bytes);
    uint16_t *table = reserve(table_bytes);
    harness_mark_start();
    gemv_s8_t5(y, w.values, x.values, n_rows, n_cols, chunk_groups, table);
    harness_mark_stop();
    check_guards(table, table_bytes);
    check_guards(y, y_bytes);
    uint32_t *rows = reserve(4 * n_rows); // without what pads the last block
    for (uint32_t i = 0; i < n_rows; i++) rows[i] = (uint32_t)y[i];
    put(rows, 4 * n_rows);
}

static void run_widen_s32(void) {
    const struct array in = take_array(0);
    int32_t *out = reserve(in.n_bytes);
    harness_mark_start();
    const int32_t shift = widen_s32(out, in.values, in.n_bytes / 4);
    harness_mark_stop();
    put(out, in.n_bytes);
    put_word((uint32_t)shift);
    widen_s32(in.values, in.values, in.n_bytes / 4);
    must_equal(in.values, out, in.n_bytes);
}

static void run_narrow_s32(void) {
    const struct array in = take_array(0);
    int16_t *out = reserve(in.n_bytes / 2);
    harness_mark_start();
    const int32_t shift = narrow_s32(out, in.values, in.n_bytes / 4);
    harness_mark_stop();
    put(out, in.n_bytes / 2);
    put_word((uint32_t)shift);
    narrow_s32(in.values, in.values, in.n_bytes / 4);
    must_equal(in.values, out, in.n_bytes / 2);
}

static void run_multiply_s32_s16(void) {
    const struct array in = take_array(0), weights = take_array(0);
    int32_t *out = reserve(in.n_bytes);
    harness_mark_start();
    const int32_t shift = multiply_s32_s16(out, in.values, weights.values, in.n_bytes / 4);
    harness_mark_stop();
    put(out, in.n_bytes);
    put_word((uint32_t)shift);
    multiply_s32_s16(in.values, in.values, weights.values, in.n_bytes / 4);
    must_equal(in.values, out, in.n_bytes);
}

static void run_square_sum_s32(void) {
    const uint32_t shift = take_word();
    const struct array in = take_array(0);
    harness_mark_start();
    const uint32_t sum = square_sum_s32(in.values, in.n_bytes / 4, shift);
    harness_mark_stop();
    put_word(sum);
}

static void run_quantize_s32_s8(void) {
    const struct array in = take_array(0), weights = take_array(0);
    int8_t *q = reserve(in.n_bytes / 4);
    int32_t *products = reserve(in.n_bytes), shift;
    harness_mark_start();
    const uint32_t largest = quantize_s32_s8(q, products, in.values, weights.values, in.n_bytes / 4, &shift);
    harness_mark_stop();
    check_guards(products, in.n_bytes);
    put(q, in.n_bytes / 4);
    put_word(largest);
    put_word((uint32_t)shift);
}

static void run_scale_s32(void) {
    const uint32_t room = take_word();
    const struct tlm_scale unit = {take_word(), (int32_t)take_word()};
    const struct array sums = take_array(0);
    int32_t *out = reserve(sums.n_bytes);
    harness_mark_start();
    scale_s32(out, sums.values, sums.n_bytes / 4, room, unit);
    harness_mark_stop();
    put(out, sums.n_bytes);
    scale_s32(sums.values, sums.values, sums.n_bytes / 4, room, unit);
    must_equal(sums.values, out, sums.n_bytes);
}

static void run_scale_rows_s32(void) {
    const uint32_t n_cols = take_word(), n_digits = take_word();
    const struct array sums = take_array(0), scales = take_array(0);
    const uint32_t n_rows = scales.n_bytes / 2;
    int32_t *out = reserve(4 * n_rows);
    harness_mark_start();
    scale_rows_s32(out, sums.values, n_rows, n_cols, n_digits, scales.values);
    harness_mark_stop();
    put(out, 4 * n_rows);
    scale_rows_s32(sums.values, sums.values, n_rows, n_cols, n_digits, scales.values);
    must_equal(sums.values, out, 4 * n_rows);
}

static void run_digits_t2(void) {
    const uint32_t index = take_word(), n_digits = take_word(), n_cols = take_word();
    const struct array w = take_array(0);
    int8_t *row = reserve(n_cols);
    harness_mark_start();
    digits_t2(row, w.values, index, n_digits, n_cols);
    harness_mark_stop();
    put(row, n_cols);
}

static void run_digits_t5(void) {
    const uint32_t index = take_word(), n_digits = take_word(), n_rows = take_word(), n_cols = take_word(),
                   chunk_groups = take_word();
    const struct array w = take_array(0);
    int8_t *row = reserve(n_cols);
    harness_mark_start();
    digits_t5(row, w.values, index, n_digits, n_rows, n_cols, chunk_groups);
    harness_mark_stop();
    put(row, n_cols);
}

static void run_silu_s32(void) {
    const struct array x = take_array(0);
    int32_t *out = reserve(x.n_bytes);
    harness_mark_start();
    silu_s32(out, x.values, x.n_bytes / 4);
    harness_mark_stop();
    put(out, x.n_bytes);
    silu_s32(x.values, x.values, x.n_bytes / 4);
    must_equal(x.values, out, x.n_bytes);
}

static void run_forget_span_s32(void) {
    const struct array gate = take_array(0), bound = take_array(0);
    uint16_t *span = reserve(gate.n_bytes / 2);
    harness_mark_start();
    forget_span_s32(span, gate.values, bound.n_bytes == 0 ? NULL : bound.values, gate.n_bytes / 4);
    harness_mark_stop();
    put(span, gate.n_bytes / 2);
}

static void run_recur_s32(void) {
    const struct array h = take_array(0), span = take_array(0), input = take_array(0);
    harness_mark_start();
    recur_s32(h.values, span.values, input.values, h.n_bytes / 4);
    harness_mark_stop();
    put(h.values, h.n_bytes);
}

static void run_add_s32(void) {
    const struct array x = take_array(0), y = take_array(0);
    harness_mark_start();
    add_s32(x.values, y.values, x.n_bytes / 4);
    harness_mark_stop();
    put(x.values, x.n_bytes);
}

static void run_embed_e8(void) {
    const uint32_t row_scale = take_word(), shift = take_word();
    const struct array row = take_array(0);
    int32_t *x = reserve(4 * row.n_bytes);
    harness_mark_start();
    embed_e8(x, row.values, row_scale, shift, row.n_bytes);
    harness_mark_stop();
    put(x, 4 * row.n_bytes);
}

static void run_embed_e16(void) {
    const uint32_t row_scale = take_word(), shift = take_word();
    const struct array row = take_array(0);
    int32_t *x = reserve(2 * row.n_bytes);
    harness_mark_start();
    embed_e16(x, row.values, row_scale, shift, row.n_bytes / 2);
    harness_mark_stop();
    put(x, 2 * row.n_bytes);
}

static void run_fixed(void);

static const struct {
    char name[32];
    void (*run)(void);
} runners[] = {
    {"gemv_s8_t2", run_gemv_s8_t2},
    {"gemv_s8_t5", run_gemv_s8_t5},
    {"widen_s32", run_widen_s32},
    {"narrow_s32", run_narrow_s32},
    {"multiply_s32_s16", run_multiply_s32_s16},
    {"square_sum_s32", run_square_sum_s32},
    {"quantize_s32_s8", run_quantize_s32_s8},
    {"scale_s32", run_scale_s32},
    {"silu_s32", run_silu_s32},
    {"forget_span_s32", run_forget_span_s32},
    {"recur_s32", run_recur_s32},
    {"add_s32", run_add_s32},
    {"embed_e8", run_embed_e8},
    {"embed_e16", run_embed_e16},
    {"scale_rows_s32", run_scale_rows_s32},
    {"digits_t2", run_digits_t2},
    {"digits_t5", run_digits_t5},
    {"fixed", run_fixed},
};

// All functions of fixed.h on rows of five words: a, b, shift, and the exponents of scales a and b. Scales
// take their mantissa from the low 16 bits of a and b, with the top bit set unless all are zero.
static struct tlm_scale scale_from(uint32_t word, int32_t e) {
    const struct tlm_scale zero = {0, 0}, scale = {(word & 0xffffu) | 0x8000u, e};
    return (word & 0xffffu) == 0 ? zero : scale;
}

static uint32_t *put_scale(uint32_t *out, struct tlm_scale scale) {
    *out++ = scale.m;
    *out++ = (uint32_t)scale.e;
    return out;
}

static void run_fixed(void) {
    const struct array in = take_array(0);
    for (uint32_t i = 0; i < in.n_bytes / 20; i++) {
        const uint32_t *row = (const uint32_t *)in.values + 5 * i;
        const int32_t a = (int32_t)row[0], b = (int32_t)row[1];
        const uint32_t shift = row[2];
        const int32_t held = a % (TLM_LIMIT + 1);
        const struct tlm_scale left = scale_from(row[0], (int32_t)row[3]),
                               right = scale_from(row[1], (int32_t)row[4]);
        const uint32_t mark = used;
        uint32_t *results = reserve(4 * 24), *out = results;
        *out++ = (uint32_t)tlm_round_shift(a, shift);
        *out++ = (uint32_t)tlm_shift_left_saturated(held, shift);
        *out++ = (uint32_t)tlm_saturate(a);
        *out++ = tlm_bit_length(row[0]);
        *out++ = (uint32_t)tlm_multiply_weight(held, (int16_t)(uint16_t)row[1]);
        *out++ = (uint32_t)tlm_multiply_fraction(a, (uint16_t)b);
        *out++ = tlm_square_root(row[0]);
        *out++ = tlm_magnitude(a);
        out = put_scale(out, tlm_normalize(row[0], (int32_t)row[3]));
        out = put_scale(out, tlm_scale_multiply(left, right));
        out = put_scale(out, tlm_scale_add(left, right));
        out = put_scale(out, tlm_scale_shift(left, (int32_t)row[4]));
        out = put_scale(out, tlm_scale_reciprocal_root(left));
        out = put_scale(out, tlm_scale_reciprocal(left));
        out = put_scale(out, tlm_scale_power((int32_t)row[3]));
        put(results, 4 * (uint32_t)(out - results));
        used = mark;
    }
}

void harness_run(const uint8_t *request) {
    at = request;
    while (at[0] != 0) {
        size_t i = 0;
        while (i < sizeof runners / sizeof *runners && !equal(runners[i].name, at, 32)) i++;
        if (i == sizeof runners / sizeof *runners) platform_fail("no such kernel");
        at += 32;
        used = 0;
        runners[i].run();
        platform_write("\n", 1);
    }
}
