// One token through the model. Twin: host-tools/compiler/interpret.ts; docs/integer.md §6.
#include "engine.h"
#include "kernels.h"

// A wide vector (kernels.h) as the input of BitLinears: the value of one unit, and the mean of its squares
// plus epsilon.
struct normed {
    struct tlm_scale unit, mean_square;
};

static const struct tlm_image_entry *entry_of(const struct tlm_engine *engine, uint32_t layer,
                                              enum tlm_tensor kind) {
    const uint32_t inside = engine->header->n_layers * TLM_IMAGE_TENSORS_PER_LAYER;
    if (kind == TLM_TENSOR_EMBEDDING) return engine->entries;
    if (kind >= TLM_TENSOR_FINAL_NORM) return engine->entries + 1 + inside + (kind - TLM_TENSOR_FINAL_NORM);
    return engine->entries + 1 + layer * TLM_IMAGE_TENSORS_PER_LAYER + (kind - TLM_TENSOR_ATTN_NORM);
}

static struct tlm_scale entry_scale(const struct tlm_image_entry *entry) {
    const struct tlm_scale scale = {entry->scale_m, entry->scale_e};
    return scale;
}

static struct tlm_weights weights_of(const struct tlm_engine *engine, uint32_t layer, enum tlm_tensor kind) {
    const struct tlm_image_entry *entry = entry_of(engine, layer, kind);
    const struct tlm_weights weights = {(const void *)(engine->image + entry->offset), entry_scale(entry)};
    return weights;
}

static struct tlm_scale squared(struct tlm_scale scale) { return tlm_scale_multiply(scale, scale); }

// Mean of the squares of (in * 2^shift), in units of unit^2.
static struct tlm_scale mean_of_squares(const int32_t *in, uint32_t n, uint32_t shift,
                                        struct tlm_scale inverse_length) {
    const uint32_t sum = square_sum_s32(in, n, shift);
    return tlm_scale_multiply(tlm_normalize(sum, (int32_t)square_shift(n) + 32), inverse_length);
}

// RMSNorm of the residual stream up to its root; the result lies in work.normed.
static struct normed norm_stream(struct tlm_engine *engine, uint32_t layer, enum tlm_tensor kind) {
    const struct tlm_image_header *h = engine->header;
    const struct tlm_scale inverse_length = {h->inv_hidden_m, h->inv_hidden_e};
    const struct tlm_scale norm_eps = {h->norm_eps_m, h->norm_eps_e};
    const struct tlm_scale linear_eps = {h->bitlinear_eps_m, h->bitlinear_eps_e};
    const struct tlm_weights weights = weights_of(engine, layer, kind);
    int32_t *normed = engine->work.normed;

    const int32_t spread = widen_s32(normed, engine->work.stream, h->hidden);
    const struct tlm_scale input_unit = tlm_scale_power(-16 - spread);
    const struct tlm_scale input_square =
        tlm_scale_multiply(mean_of_squares(normed, h->hidden, 0, inverse_length), squared(input_unit));
    const int32_t shift = multiply_s32_s16(normed, normed, weights.values, h->hidden);
    struct normed result;
    result.unit = tlm_scale_shift(tlm_scale_multiply(weights.unit, input_unit), 16 - shift);
    const struct tlm_scale epsilon = tlm_scale_multiply(linear_eps, tlm_scale_add(input_square, norm_eps));
    const struct tlm_scale square =
        tlm_scale_multiply(mean_of_squares(normed, h->hidden, 0, inverse_length), squared(result.unit));
    result.mean_square = tlm_scale_add(square, epsilon);
    return result;
}

// The norm of a wide vector in work.normed without weights.
static struct normed norm_plain(const struct tlm_engine *engine, struct tlm_scale unit, uint32_t n,
                                struct tlm_scale inverse_length) {
    const struct tlm_scale epsilon = {engine->header->bitlinear_eps_m, engine->header->bitlinear_eps_e};
    const struct tlm_scale mean = mean_of_squares(engine->work.normed, n, 0, inverse_length);
    const struct normed result = {unit, tlm_scale_add(tlm_scale_multiply(mean, squared(unit)), epsilon)};
    return result;
}

// Norm weights and int8 quantisation of a BitLinear: q lies in work.q; returns the value of one unit times
// 127.
static struct tlm_scale quantize(struct tlm_engine *engine, struct normed normed, struct tlm_weights weights,
                                 uint32_t n) {
    int32_t *products = engine->work.sums;
    int32_t shift;
    const uint32_t largest =
        quantize_s32_s8(engine->work.q, products, engine->work.normed, weights.values, n, &shift);
    for (uint32_t i = 0; i < 4; i++) engine->work.q[n + i] = 0; // a group of t5 may reach beyond the end
    const struct tlm_scale unit = tlm_scale_shift(tlm_scale_multiply(normed.unit, weights.unit), 16 - shift);
    const struct tlm_scale peak = tlm_scale_multiply(tlm_normalize(largest, 0), unit);
    return tlm_scale_multiply(peak, tlm_scale_reciprocal_root(normed.mean_square));
}

// A matrix as the kernels take it.
struct matrix {
    const uint16_t *row_scales; // NULL where all rows have one scale
    const uint8_t *w;           // [n_rows][digits] rows of trits
    uint32_t n_rows, n_cols, digits, chunk_groups;
    bool is_t5;
};

// An embedding of digits is the head too, whose own entry then has the scale alone.
static struct matrix matrix_of(const struct tlm_engine *engine, uint32_t layer, enum tlm_tensor kind) {
    const struct tlm_image_header *h = engine->header;
    const bool is_tied = kind == TLM_TENSOR_HEAD && h->embedding_digits > 0;
    const struct tlm_image_entry *entry = is_tied ? engine->entries : entry_of(engine, layer, kind);
    const uint8_t *bytes = engine->image + entry->offset;
    const bool has_scales = entry->layout == TLM_LAYOUT_R2 || entry->layout == TLM_LAYOUT_R5;
    const struct matrix matrix = {
        has_scales ? (const void *)bytes : NULL,
        has_scales ? bytes + tlm_row_scale_bytes(entry->rows) : bytes,
        entry->rows,
        entry->cols,
        is_tied      ? h->embedding_digits
        : has_scales ? h->weight_digits
                     : 1,
        entry->chunk_groups,
        entry->layout == TLM_LAYOUT_T5 || entry->layout == TLM_LAYOUT_R5,
    };
    return matrix;
}

// What the rows of a BitLinear come to.
struct sums {
    struct tlm_scale scale; // of the activations times 127
    int32_t shift;          // 2^shift times that and the matrix's scale is one unit
    uint32_t room;          // bits that each may be shifted left and stays below 2^30
};

// The value of one unit of the rows of a matrix.
static struct tlm_scale unit_of(const struct tlm_engine *engine, struct sums sums, uint32_t layer,
                                enum tlm_tensor kind) {
    const struct tlm_scale scale = entry_scale(entry_of(engine, layer, kind));
    return tlm_scale_shift(tlm_scale_multiply(sums.scale, scale), sums.shift);
}

// A BitLinear; what its rows come to lies in y.
static struct sums linear(struct tlm_engine *engine, struct normed normed, uint32_t layer,
                          enum tlm_tensor norm, enum tlm_tensor kind, int32_t *y) {
    const struct matrix m = matrix_of(engine, layer, kind);
    const struct tlm_scale scale = quantize(engine, normed, weights_of(engine, layer, norm), m.n_cols);
    const int8_t *q = engine->work.q;
    if (m.is_t5)
        gemv_s8_t5(y, m.w, q, m.digits * m.n_rows, m.n_cols, m.chunk_groups, engine->work.table);
    else
        gemv_s8_t2(y, m.w, q, m.digits * m.n_rows, m.n_cols);
    const uint32_t spread = sum_shift(m.n_cols, m.digits);
    const struct sums plain = {scale, 0, spread}, scaled = {scale, 16 - (int32_t)spread, 0};
    if (m.row_scales == NULL) return plain;
    scale_rows_s32(y, y, m.n_rows, m.n_cols, m.digits, m.row_scales);
    return scaled;
}

// A BitLinear whose result lies in work.sums as Q16.
static void linear_q16(struct tlm_engine *engine, struct normed normed, uint32_t layer, enum tlm_tensor norm,
                       enum tlm_tensor matrix) {
    int32_t *y = engine->work.sums;
    const struct sums sums = linear(engine, normed, layer, norm, matrix, y);
    scale_s32(y, y, entry_of(engine, layer, matrix)->rows, sums.room, unit_of(engine, sums, layer, matrix));
}

// SiLU(a) * b, wide, in work.normed; a is wide after silu_s32 and lies there already, b has unit `unit` and
// is narrowed in place. Returns the value of one unit.
static struct tlm_scale gated_unit(struct tlm_engine *engine, int32_t *b, uint32_t n, struct tlm_scale unit) {
    int32_t *open = engine->work.normed;
    const int32_t spread = widen_s32(open, open, n);
    int16_t *factors = (int16_t *)(void *)b;
    const int32_t narrowed = narrow_s32(factors, b, n);
    const int32_t shift = multiply_s32_s16(open, open, factors, n);
    return tlm_scale_shift(unit, narrowed - spread - shift);
}

// RMSNorm(g) * weights * SiLU(h), wide, in work.normed; the sums of g are used up. Returns the value of one
// unit.
static struct tlm_scale gated_norm(struct tlm_engine *engine, uint32_t layer, int32_t *g,
                                   struct tlm_scale unit) {
    const struct tlm_image_header *h = engine->header;
    const uint32_t n = h->inner;
    const struct tlm_weights weights = weights_of(engine, layer, TLM_TENSOR_OUT_NORM);
    const struct tlm_scale inverse_length = {h->inv_inner_m, h->inv_inner_e},
                           epsilon = {h->norm_eps_m, h->norm_eps_e};
    int32_t *open = engine->work.normed;

    const int32_t spread = widen_s32(open, g, n);
    const struct tlm_scale mean = mean_of_squares(open, n, 0, inverse_length);
    const struct tlm_scale square = tlm_scale_multiply(mean, squared(tlm_scale_shift(unit, -spread)));
    const struct tlm_scale root = tlm_scale_reciprocal_root(tlm_scale_add(square, epsilon));

    silu_s32(open, engine->work.state + (size_t)layer * n, n);
    const struct tlm_scale gate_unit = gated_unit(engine, g, n, unit);
    const int32_t shift = multiply_s32_s16(open, open, weights.values, n);
    return tlm_scale_multiply(tlm_scale_shift(gate_unit, 16 - shift), tlm_scale_multiply(root, weights.unit));
}

// The MLGRU.
static void mix_tokens(struct tlm_engine *engine, uint32_t layer) {
    const struct tlm_image_header *h = engine->header;
    const struct tlm_scale inverse_inner = {h->inv_inner_m, h->inv_inner_e};
    const size_t n = h->inner;
    const struct tlm_image_entry *bound = entry_of(engine, layer, TLM_TENSOR_BOUND);
    const uint16_t *fractions = bound->bytes == 0 ? NULL : (const void *)(engine->image + bound->offset);
    struct tlm_workspace *work = &engine->work;

    const struct normed input = norm_stream(engine, layer, TLM_TENSOR_ATTN_NORM);
    // Where the three share their activations, one product makes the sums of all.
    const bool is_shared = entry_of(engine, layer, TLM_TENSOR_F_NORM)->rows == 0;
    int32_t *i = work->sums, *f = is_shared ? i + n : i, *g = is_shared ? f + n : i;
    struct sums sums = is_shared ? linear(engine, input, layer, TLM_TENSOR_I_NORM, TLM_TENSOR_I_PROJ, i)
                                 : linear(engine, input, layer, TLM_TENSOR_F_NORM, TLM_TENSOR_F_PROJ, f);
    scale_s32(f, f, n, sums.room, unit_of(engine, sums, layer, TLM_TENSOR_F_PROJ));
    forget_span_s32(work->span, f, fractions, n);
    if (!is_shared) sums = linear(engine, input, layer, TLM_TENSOR_I_NORM, TLM_TENSOR_I_PROJ, i);
    scale_s32(i, i, n, sums.room, unit_of(engine, sums, layer, TLM_TENSOR_I_PROJ));
    recur_s32(work->state + layer * n, work->span, i, n);
    if (!is_shared) sums = linear(engine, input, layer, TLM_TENSOR_G_NORM, TLM_TENSOR_G_PROJ, g);
    const struct tlm_scale gated =
        gated_norm(engine, layer, g, unit_of(engine, sums, layer, TLM_TENSOR_G_PROJ));
    linear_q16(engine, norm_plain(engine, gated, h->inner, inverse_inner), layer, TLM_TENSOR_O_NORM,
               TLM_TENSOR_O_PROJ);
    add_s32(work->stream, work->sums, h->hidden);
}

// The GLU.
static void mix_channels(struct tlm_engine *engine, uint32_t layer) {
    const struct tlm_image_header *h = engine->header;
    const struct tlm_scale inverse = {h->inv_intermediate_m, h->inv_intermediate_e};
    const uint32_t n = h->intermediate;
    struct tlm_workspace *work = &engine->work;

    const struct normed input = norm_stream(engine, layer, TLM_TENSOR_MLP_NORM);
    const struct sums gate =
        linear(engine, input, layer, TLM_TENSOR_GATE_NORM, TLM_TENSOR_GATE_PROJ, work->sums);
    const struct tlm_scale unit = unit_of(engine, gate, layer, TLM_TENSOR_GATE_PROJ);
    scale_s32(work->normed, work->sums, n, gate.room, unit);
    silu_s32(work->normed, work->normed, n);
    const struct tlm_scale gated = gated_unit(engine, work->sums + n, n, unit);
    linear_q16(engine, norm_plain(engine, gated, n, inverse), layer, TLM_TENSOR_DOWN_NORM,
               TLM_TENSOR_DOWN_PROJ);
    add_s32(work->stream, work->sums, h->hidden);
}

static void embed(struct tlm_engine *engine, uint16_t token) {
    const struct tlm_image_entry *entry = engine->entries;
    const uint16_t *scales = (const void *)(engine->image + entry->offset);
    const uint8_t *rows = engine->image + entry->offset + tlm_row_scale_bytes(entry->rows);
    const uint32_t digits = engine->header->embedding_digits, shift = (uint32_t)(-31 - entry->scale_e);
    const size_t n = entry->cols;
    int32_t *x = engine->work.stream;
    int8_t *row = engine->work.q;
    switch (entry->layout) {
    case TLM_LAYOUT_E8:
        embed_e8(x, (const int8_t *)rows + token * n, scales[token], shift, n);
        break;
    case TLM_LAYOUT_E16:
        embed_e16(x, (const int16_t *)(const void *)rows + token * n, scales[token], shift, n);
        break;
    case TLM_LAYOUT_R2:
        digits_t2(row, rows, token, digits, n);
        embed_e8(x, row, scales[token], shift, n);
        break;
    default: // r5
        digits_t5(row, rows, token, digits, entry->rows, n, entry->chunk_groups);
        embed_e8(x, row, scales[token], shift, n);
    }
}

// c <- rotate(c, 7) + value. Twin: checksum() in host-tools/compiler/interpret.ts.
static uint32_t checksum(uint32_t start, const int32_t *values, size_t n) {
    for (size_t i = 0; i < n; i++) start = (start << 7 | start >> 25) + (uint32_t)values[i];
    return start;
}

void tlm_engine_reset(struct tlm_engine *engine) {
    const size_t n = (size_t)engine->header->n_layers * engine->header->inner;
    for (size_t i = 0; i < n; i++) engine->work.state[i] = 0;
}

void tlm_engine_step(struct tlm_engine *engine, uint16_t token, bool want_logits) {
    const struct tlm_image_header *h = engine->header;
    embed(engine, token);
    for (uint32_t layer = 0; layer < h->n_layers; layer++) {
        mix_tokens(engine, layer);
        mix_channels(engine, layer);
        if (engine->trace != NULL) {
            const int32_t *state = engine->work.state + (size_t)layer * h->inner;
            const uint32_t sum = checksum(checksum(0, state, h->inner), engine->work.stream, h->hidden);
            engine->trace(engine->trace_context, layer, sum);
        }
    }
    if (!want_logits) return;
    const struct normed input = norm_stream(engine, 0, TLM_TENSOR_FINAL_NORM);
    const struct sums sums =
        linear(engine, input, 0, TLM_TENSOR_HEAD_NORM, TLM_TENSOR_HEAD, engine->work.logits);
    engine->logit_scale = unit_of(engine, sums, 0, TLM_TENSOR_HEAD);
}
