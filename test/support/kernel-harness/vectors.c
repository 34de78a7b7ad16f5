// Runs the kernels that take vectors of integers.
#include "runners.h"

static void run_bits_s32(void) {
    const struct array in = take_array(0);
    harness_mark_start();
    const uint32_t bits = bits_s32(in.values, in.n_bytes / 4);
    harness_mark_stop();
    put_word(bits);
}

static void run_square_sum_s32(void) {
    const uint32_t shift = take_word();
    const struct array in = take_array(0);
    harness_mark_start();
    const uint64_t sum = square_sum_s32(in.values, shift, in.n_bytes / 4);
    harness_mark_stop();
    put_long(sum);
}

static void run_norm_s32(void) {
    const uint32_t shift = take_word();
    const struct array in = take_array(0), outer = take_array(0), weights = take_array(0);
    const int16_t *outer_weights = outer.n_bytes == 0 ? NULL : outer.values;
    int32_t *z = reserve(in.n_bytes);
    struct tlm_norm norm, again;
    harness_mark_start();
    norm_s32(z, &norm, in.values, shift, outer_weights, weights.values, in.n_bytes / 4);
    harness_mark_stop();
    put(z, in.n_bytes);
    put_long(norm.squares);
    put_word(norm.largest);
    norm_s32(in.values, &again, in.values, shift, outer_weights, weights.values, in.n_bytes / 4);
    must_equal(in.values, z, in.n_bytes);
    must_equal(&norm.squares, &again.squares, 8);
    must_equal(&norm.largest, &again.largest, 4);
    check_guards(in.values, in.n_bytes);
}

static void run_quantize_s32_s8(void) {
    const uint32_t largest = take_word();
    const struct array z = take_array(0);
    int8_t *q = reserve(z.n_bytes / 4);
    harness_mark_start();
    quantize_s32_s8(q, z.values, largest, z.n_bytes / 4);
    harness_mark_stop();
    put(q, z.n_bytes / 4);
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

static void run_recur_s32(void) {
    const struct tlm_unit gate_unit = take_unit(), input_unit = take_unit();
    const struct array h = take_array(0), gate = take_array(0), bound = take_array(0), input = take_array(0);
    int32_t *open = reserve(h.n_bytes);
    harness_mark_start();
    const uint32_t bits =
        recur_s32(h.values, open, gate.values, gate_unit, bound.n_bytes == 0 ? NULL : bound.values,
                  input.values, input_unit, h.n_bytes / 4);
    harness_mark_stop();
    put(h.values, h.n_bytes);
    put(open, h.n_bytes);
    put_word(bits);
}

static void run_silu_s32(void) {
    const struct tlm_unit unit = take_unit();
    const struct array in = take_array(0);
    int32_t *out = reserve(in.n_bytes);
    harness_mark_start();
    const uint32_t bits = silu_s32(out, in.values, unit, in.n_bytes / 4);
    harness_mark_stop();
    put(out, in.n_bytes);
    put_word(bits);
    silu_s32(in.values, in.values, unit, in.n_bytes / 4);
    must_equal(in.values, out, in.n_bytes);
}

static void run_gate_s32(void) {
    const uint32_t shift = take_word(), factor_bits = take_word();
    const struct array open = take_array(0), factors = take_array(0);
    int32_t *out = reserve(open.n_bytes);
    harness_mark_start();
    const uint32_t bits = gate_s32(out, open.values, shift, factors.values, factor_bits, open.n_bytes / 4);
    harness_mark_stop();
    put(out, open.n_bytes);
    put_word(bits);
    gate_s32(open.values, open.values, shift, factors.values, factor_bits, open.n_bytes / 4);
    must_equal(open.values, out, open.n_bytes);
}

static void run_add_s32(void) {
    const struct tlm_unit unit = take_unit();
    const struct array x = take_array(0), in = take_array(0);
    harness_mark_start();
    const uint32_t bits = add_s32(x.values, in.values, unit, x.n_bytes / 4);
    harness_mark_stop();
    put(x.values, x.n_bytes);
    put_word(bits);
}

// A row of int8 starts at any address, one of int16 at any even one.
static void run_embed_e8(void) {
    const uint32_t row_scale = take_word(), shift = take_word();
    const struct array row = take_skewed(1);
    int32_t *x = reserve(4 * row.n_bytes);
    harness_mark_start();
    embed_e8(x, row.values, row_scale, shift, row.n_bytes);
    harness_mark_stop();
    put(x, 4 * row.n_bytes);
}

static void run_embed_e16(void) {
    const uint32_t row_scale = take_word(), shift = take_word();
    const struct array row = take_skewed(2);
    int32_t *x = reserve(2 * row.n_bytes);
    harness_mark_start();
    embed_e16(x, row.values, row_scale, shift, row.n_bytes / 2);
    harness_mark_stop();
    put(x, 2 * row.n_bytes);
}

const struct runner vector_runners[] = {
    {"bits_s32", run_bits_s32},
    {"square_sum_s32", run_square_sum_s32},
    {"norm_s32", run_norm_s32},
    {"quantize_s32_s8", run_quantize_s32_s8},
    {"scale_rows_s32", run_scale_rows_s32},
    {"recur_s32", run_recur_s32},
    {"silu_s32", run_silu_s32},
    {"gate_s32", run_gate_s32},
    {"add_s32", run_add_s32},
    {"embed_e8", run_embed_e8},
    {"embed_e16", run_embed_e16},
    {"", NULL},
};
