// One or two tokens through the model. Twin: host-tools/compiler/interpret.ts; docs/integer.md §6.
#include "engine.h"
#include "kernels.h"

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
    const struct tlm_weights weights = {tlm_engine_data(engine, entry->offset), entry_scale(entry)};
    return weights;
}

static struct tlm_scale squared(struct tlm_scale scale) { return tlm_scale_multiply(scale, scale); }

// The mean of squares of upper halves, whose sum is given, of a vector with a value of one unit.
static struct tlm_scale mean_square(uint64_t sum, struct tlm_scale unit, struct tlm_scale inverse_length) {
    const struct tlm_scale mean = tlm_scale_multiply(tlm_normalize_long(sum, 32), inverse_length);
    return tlm_scale_multiply(mean, squared(unit));
}

// A vector of integers that is wide after a shift.
struct vector {
    const int32_t *values;
    uint32_t n, shift;
    struct tlm_scale unit; // value of one unit of the wide vector
    struct tlm_scale inverse_length;
};

static struct vector vector_of(const int32_t *values, uint32_t n, uint32_t bits, struct tlm_scale unit,
                               struct tlm_scale inverse_length) {
    const uint32_t shift = tlm_wide_shift(bits);
    const struct vector vector = {values, n, shift, tlm_scale_shift(unit, -(int32_t)shift), inverse_length};
    return vector;
}

// What divides a BitLinear's activations, squared, beside the mean of their squares.
enum epsilon { EPSILON_PLAIN, EPSILON_NORMED };

// A sixteenth of the square of a wide vector's width, 2^31 units. Twin: typicalSquare in
// host-tools/compiler/operators.ts.
enum { TYPICAL_SQUARE = 58 };

// Norms and int8 quantisation of a BitLinear; the activations of token t lie in work.q. Behind a norm with
// `outer` weights the mean is that of the products with them; the weights of `norm` are then the products of
// both (docs/integer.md §5). Uses work.normed, which `in` may lie in.
static struct tlm_scale quantize(struct tlm_engine *engine, uint32_t t, struct vector in, uint32_t layer,
                                 enum tlm_tensor outer, enum tlm_tensor norm, enum epsilon kind) {
    const struct tlm_image_header *h = engine->header;
    const struct tlm_scale norm_eps = {h->norm_eps_m, h->norm_eps_e};
    const struct tlm_scale linear_eps = {h->bitlinear_eps_m, h->bitlinear_eps_e};
    const struct tlm_weights weights = weights_of(engine, layer, norm);
    const bool is_outer = outer != norm;
    const struct tlm_weights outer_weights = weights_of(engine, layer, outer);
    int32_t *z = engine->work.normed;
    int8_t *q = engine->work.q + t * TLM_PAIR_STRIDE(in.n);
    struct tlm_norm sums;

    norm_s32(z, &sums, in.values, in.shift, is_outer ? outer_weights.values : NULL, weights.values, in.n);
    quantize_s32_s8(q, z, sums.largest, in.n);
    for (uint32_t i = 0; i < 4; i++) q[in.n + i] = 0; // a group may reach beyond the end

    const struct tlm_scale of_products = tlm_scale_shift(tlm_scale_multiply(in.unit, outer_weights.unit), 16);
    const struct tlm_scale square =
        mean_square(sums.squares, is_outer ? of_products : in.unit, in.inverse_length);
    // The mean of the squares of x only keeps the root from being zero: what is typical for its width will
    // do.
    const struct tlm_scale typical = tlm_scale_shift(squared(in.unit), TYPICAL_SQUARE);
    const struct tlm_scale epsilon = kind == EPSILON_NORMED
                                         ? tlm_scale_multiply(linear_eps, tlm_scale_add(typical, norm_eps))
                                         : linear_eps;
    const struct tlm_scale unit = tlm_scale_shift(tlm_scale_multiply(in.unit, weights.unit), 16);
    const struct tlm_scale peak = tlm_scale_multiply(tlm_normalize(sums.largest + 1, 0), unit);
    return tlm_scale_multiply(peak, tlm_scale_reciprocal_root(tlm_scale_add(square, epsilon)));
}

// The same of the residual stream.
static struct tlm_scale quantize_stream(struct tlm_engine *engine, uint32_t t, uint32_t layer,
                                        enum tlm_tensor outer, enum tlm_tensor norm) {
    const struct tlm_image_header *h = engine->header;
    const struct tlm_scale inverse = {h->inv_hidden_m, h->inv_hidden_e};
    const int32_t *x = engine->work.stream + (size_t)t * h->hidden;
    const struct vector in = vector_of(x, h->hidden, engine->stream_bits[t], tlm_scale_power(-16), inverse);
    return quantize(engine, t, in, layer, outer, norm, EPSILON_NORMED);
}

// A matrix as the kernels take it.
struct matrix {
    const int16_t *row_scales; // NULL where all rows have one scale
    const uint8_t *w;          // [n_rows][digits] rows of trits
    uint32_t n_rows, n_cols, digits, chunk_groups;
    bool is_t5;
};

// An embedding of digits is the head too, whose own entry then has the scale alone.
static struct matrix matrix_of(const struct tlm_engine *engine, uint32_t layer, enum tlm_tensor kind) {
    const struct tlm_image_header *h = engine->header;
    const bool is_tied = kind == TLM_TENSOR_HEAD && h->embedding_digits > 0;
    const struct tlm_image_entry *entry = is_tied ? engine->entries : entry_of(engine, layer, kind);
    const uint8_t *bytes = tlm_engine_data(engine, entry->offset);
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

// Integers of a product from one token to the next.
static size_t rows_stride(const struct matrix *m) { return (m->digits * m->n_rows + 3) / 4 * 4; }

// The product with the activations of n_tokens in work.q; the integers of its rows lie in y, those of the
// second token behind those of the first.
static void multiply(struct tlm_engine *engine, const struct matrix *m, uint32_t n_tokens, int32_t *y) {
    const struct tlm_workspace *work = &engine->work;
    const uint32_t n_rows = m->digits * m->n_rows;
    if (n_tokens == 1) {
        (m->is_t5 ? gemv_s8_t5 : gemv_s8_t2)(y, m->w, work->q, n_rows, m->n_cols, m->chunk_groups,
                                             work->table);
    } else {
        (m->is_t5 ? gemv_pair_s8_t5 : gemv_pair_s8_t2)(y, m->w, work->q, n_rows, m->n_cols, m->chunk_groups,
                                                       work->table, work->table_groups);
    }
    if (m->row_scales == NULL) return;
    for (uint32_t t = 0; t < n_tokens; t++) {
        int32_t *rows = y + t * rows_stride(m);
        scale_rows_s32(rows, rows, m->n_rows, m->n_cols, m->digits, m->row_scales);
    }
}

// How the integers of a product's rows become Q16: `activations` is the value of one unit of the activations
// times 127, `kind` names the matrix whose scale its rows have.
static struct tlm_unit unit_of(const struct tlm_engine *engine, const struct matrix *m, uint32_t layer,
                               enum tlm_tensor kind, struct tlm_scale activations) {
    const struct tlm_scale scale =
        tlm_scale_multiply(activations, entry_scale(entry_of(engine, layer, kind)));
    const uint32_t room = sum_shift(m->n_cols, m->digits);
    const struct tlm_unit plain = {room, scale}, scaled = {0, tlm_scale_shift(scale, 16 - (int32_t)room)};
    return m->row_scales == NULL ? plain : scaled;
}

// A BitLinear whose result is added to the residual stream of each token.
static void add_product(struct tlm_engine *engine, uint32_t n_tokens, uint32_t layer, enum tlm_tensor kind,
                        const struct tlm_scale *activations) {
    const struct matrix m = matrix_of(engine, layer, kind);
    const uint32_t n = engine->header->hidden;
    multiply(engine, &m, n_tokens, engine->work.sums);
    for (uint32_t t = 0; t < n_tokens; t++)
        engine->stream_bits[t] =
            add_s32(engine->work.stream + (size_t)t * n, engine->work.sums + t * rows_stride(&m),
                    unit_of(engine, &m, layer, kind, activations[t]), n);
}

// Integers of one matrix among three: where they lie, and how they become Q16.
struct part {
    int32_t *values;
    size_t stride; // to the next token
    struct tlm_unit unit[TLM_ENGINE_TOKENS_MAX];
};

// The products of i, f and g with the residual stream. Where the three share their activations they are one
// matrix; else each is quantised for itself.
static void multiply_mixer(struct tlm_engine *engine, uint32_t n_tokens, uint32_t layer,
                           struct part parts[3]) {
    static const uint8_t kinds[3] = {TLM_TENSOR_I_PROJ, TLM_TENSOR_F_PROJ, TLM_TENSOR_G_PROJ};
    static const uint8_t norms[3] = {TLM_TENSOR_I_NORM, TLM_TENSOR_F_NORM, TLM_TENSOR_G_NORM};
    const bool is_shared = entry_of(engine, layer, TLM_TENSOR_F_NORM)->rows == 0;
    struct tlm_scale activations[TLM_ENGINE_TOKENS_MAX];
    struct matrix m;
    int32_t *y = engine->work.sums;
    for (uint32_t k = 0; k < 3; k++) {
        if (k == 0 || !is_shared) {
            for (uint32_t t = 0; t < n_tokens; t++)
                activations[t] = quantize_stream(engine, t, layer, TLM_TENSOR_ATTN_NORM, norms[k]);
            m = matrix_of(engine, layer, kinds[k]);
            multiply(engine, &m, n_tokens, y);
        }
        parts[k].values = y;
        parts[k].stride = rows_stride(&m);
        for (uint32_t t = 0; t < n_tokens; t++)
            parts[k].unit[t] = unit_of(engine, &m, layer, kinds[k], activations[t]);
        y += is_shared ? engine->header->inner : n_tokens * rows_stride(&m);
    }
}

// The MLGRU of one token up to its last BitLinear, whose activations it leaves in work.q.
static struct tlm_scale mix(struct tlm_engine *engine, uint32_t t, uint32_t layer,
                            const struct part parts[3]) {
    const struct tlm_image_header *h = engine->header;
    const uint32_t n = h->inner;
    const struct tlm_scale inverse = {h->inv_inner_m, h->inv_inner_e},
                           epsilon = {h->norm_eps_m, h->norm_eps_e};
    const struct tlm_image_entry *bound = entry_of(engine, layer, TLM_TENSOR_BOUND);
    const uint16_t *fractions = bound->bytes == 0 ? NULL : tlm_engine_data(engine, bound->offset);
    const struct part *i = parts, *f = parts + 1, *g = parts + 2;
    int32_t *open = engine->work.normed, *factors = g->values + t * g->stride;

    const uint32_t bits = recur_s32(engine->work.state + (size_t)layer * n, open, f->values + t * f->stride,
                                    f->unit[t], fractions, i->values + t * i->stride, i->unit[t], n);
    const uint32_t factor_bits = bits_s32(factors, n);
    const struct tlm_scale unit = g->unit[t].scale;
    // RMSNorm(g) needs the mean of its squares alone: its root goes into the value of one unit.
    const struct vector norm = vector_of(factors, n, factor_bits, unit, inverse);
    const struct tlm_scale square = mean_square(square_sum_s32(factors, norm.shift, n), norm.unit, inverse);
    const struct tlm_scale root = tlm_scale_reciprocal_root(tlm_scale_add(square, epsilon));
    const uint32_t shift = tlm_wide_shift(bits);
    const uint32_t gated_bits = gate_s32(open, open, shift, factors, factor_bits, n);
    const struct tlm_scale gated =
        tlm_scale_shift(tlm_scale_multiply(unit, root), (int32_t)factor_shift(factor_bits) - (int32_t)shift);
    return quantize(engine, t, vector_of(open, n, gated_bits, gated, inverse), layer, TLM_TENSOR_OUT_NORM,
                    TLM_TENSOR_O_NORM, EPSILON_PLAIN);
}

// The GLU of one token up to its last BitLinear, whose activations it leaves in work.q.
static struct tlm_scale gate(struct tlm_engine *engine, uint32_t t, uint32_t layer, int32_t *rows,
                             struct tlm_unit unit) {
    const struct tlm_image_header *h = engine->header;
    const uint32_t n = h->intermediate;
    const struct tlm_scale inverse = {h->inv_intermediate_m, h->inv_intermediate_e};
    int32_t *open = engine->work.normed, *factors = rows + n;

    const uint32_t shift = tlm_wide_shift(silu_s32(open, rows, unit, n));
    const uint32_t factor_bits = bits_s32(factors, n);
    const uint32_t bits = gate_s32(open, open, shift, factors, factor_bits, n);
    const int32_t moved = (int32_t)factor_shift(factor_bits) - (int32_t)shift;
    const struct vector in = vector_of(open, n, bits, tlm_scale_shift(unit.scale, moved), inverse);
    return quantize(engine, t, in, layer, TLM_TENSOR_DOWN_NORM, TLM_TENSOR_DOWN_NORM, EPSILON_PLAIN);
}

static void mix_tokens(struct tlm_engine *engine, uint32_t n_tokens, uint32_t layer) {
    struct part parts[3];
    struct tlm_scale activations[TLM_ENGINE_TOKENS_MAX];
    multiply_mixer(engine, n_tokens, layer, parts);
    for (uint32_t t = 0; t < n_tokens; t++) activations[t] = mix(engine, t, layer, parts);
    add_product(engine, n_tokens, layer, TLM_TENSOR_O_PROJ, activations);
}

static void mix_channels(struct tlm_engine *engine, uint32_t n_tokens, uint32_t layer) {
    const struct matrix m = matrix_of(engine, layer, TLM_TENSOR_GATE_PROJ);
    struct tlm_scale activations[TLM_ENGINE_TOKENS_MAX];
    int32_t *rows = engine->work.sums;
    for (uint32_t t = 0; t < n_tokens; t++)
        activations[t] = quantize_stream(engine, t, layer, TLM_TENSOR_MLP_NORM, TLM_TENSOR_GATE_NORM);
    multiply(engine, &m, n_tokens, rows);
    for (uint32_t t = 0; t < n_tokens; t++) {
        const struct tlm_unit unit = unit_of(engine, &m, layer, TLM_TENSOR_GATE_PROJ, activations[t]);
        activations[t] = gate(engine, t, layer, rows + t * rows_stride(&m), unit);
    }
    add_product(engine, n_tokens, layer, TLM_TENSOR_DOWN_PROJ, activations);
}

static void embed(struct tlm_engine *engine, uint32_t t, uint16_t token) {
    const struct tlm_image_entry *entry = engine->entries;
    const uint8_t *bytes = tlm_engine_data(engine, entry->offset);
    const int16_t *scales = (const void *)bytes;
    const uint8_t *rows = bytes + tlm_row_scale_bytes(entry->rows);
    const uint32_t digits = engine->header->embedding_digits, shift = (uint32_t)(-30 - entry->scale_e);
    const size_t n = entry->cols;
    int32_t *x = engine->work.stream + t * n;
    int8_t *row = engine->work.q;
    switch (entry->layout) {
    case TLM_LAYOUT_E8:
        embed_e8(x, (const int8_t *)rows + token * n, scales[token], shift, n);
        break;
    case TLM_LAYOUT_E16:
        embed_e16(x, (const int16_t *)(const void *)rows + token * n, scales[token], shift, n);
        break;
    case TLM_LAYOUT_R2:
        digits_t2(row, rows, token, digits, entry->rows, n, entry->chunk_groups);
        embed_e8(x, row, scales[token], shift, n);
        break;
    default: // r5
        digits_t5(row, rows, token, digits, entry->rows, n, entry->chunk_groups);
        embed_e8(x, row, scales[token], shift, n);
    }
    engine->stream_bits[t] = bits_s32(x, n);
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

// The logits behind the last of the tokens.
static void write_logits(struct tlm_engine *engine, uint32_t last) {
    const struct matrix m = matrix_of(engine, 0, TLM_TENSOR_HEAD);
    const struct tlm_image_header *h = engine->header;
    const struct tlm_scale activations =
        quantize_stream(engine, last, 0, TLM_TENSOR_FINAL_NORM, TLM_TENSOR_HEAD_NORM);
    // Activations are read where those of a first token lie.
    for (size_t i = 0; last > 0 && i < h->hidden + 4u; i++)
        engine->work.q[i] = engine->work.q[i + TLM_PAIR_STRIDE(h->hidden)];
    multiply(engine, &m, 1, engine->work.logits);
    engine->logit_scale = unit_of(engine, &m, 0, TLM_TENSOR_HEAD, activations).scale;
}

static void trace_layer(const struct tlm_engine *engine, uint32_t layer) {
    const struct tlm_image_header *h = engine->header;
    const int32_t *state = engine->work.state + (size_t)layer * h->inner;
    const uint32_t sum = checksum(checksum(0, state, h->inner), engine->work.stream, h->hidden);
    engine->trace(engine->trace_context, layer, sum);
}

static void step(struct tlm_engine *engine, const uint16_t *tokens, uint32_t n_tokens, bool want_logits) {
    for (uint32_t t = 0; t < n_tokens; t++) embed(engine, t, tokens[t]);
    for (uint32_t layer = 0; layer < engine->header->n_layers; layer++) {
        mix_tokens(engine, n_tokens, layer);
        mix_channels(engine, n_tokens, layer);
        if (engine->trace != NULL && n_tokens == 1) trace_layer(engine, layer);
    }
    if (want_logits) write_logits(engine, n_tokens - 1);
}

void tlm_engine_step(struct tlm_engine *engine, uint16_t token, bool want_logits) {
    step(engine, &token, 1, want_logits);
}

void tlm_engine_step_pair(struct tlm_engine *engine, const uint16_t tokens[2], bool want_logits) {
    step(engine, tokens, 2, want_logits);
}
