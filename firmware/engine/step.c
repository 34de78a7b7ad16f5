// One or two tokens through the model. Twin: host-tools/compiler/interpret.ts; docs/integer.md §6.
#include "engine.h"
#include "kernels.h"

// The tensors of a layer by their kind; behind those of the last layer lie the final norm's and the head's.
static const struct tlm_image_entry *tensors_of(const struct tlm_engine *engine, uint32_t layer) {
    return engine->entries + layer * TLM_IMAGE_TENSORS_PER_LAYER;
}
_Static_assert(TLM_TENSOR_EMBEDDING == 0 && TLM_TENSOR_ATTN_NORM == 1 &&
                   TLM_TENSOR_FINAL_NORM == 1 + TLM_IMAGE_TENSORS_PER_LAYER,
               "the directory is in the order of kinds");

static inline const void *data_of(const struct tlm_engine *engine, const struct tlm_image_entry *entry) {
    return tlm_engine_data(engine, entry->offset);
}

static struct tlm_scale scale_of(const struct tlm_image_entry *entry) {
    const struct tlm_scale scale = {entry->scale_m, entry->scale_e};
    return scale;
}

// The mean of squares of upper halves, whose sum is given, of a vector with a value of one unit.
static inline struct tlm_scale mean_square(uint64_t sum, struct tlm_scale unit,
                                           struct tlm_scale inverse_length) {
    const struct tlm_scale zero = {0, 0};
    if (sum == 0) return zero;
    const struct tlm_scale mean = tlm_scale_product(tlm_normalize_long(sum, 32), inverse_length, 0);
    return tlm_scale_product(mean, tlm_scale_product(unit, unit, 0), 0);
}

// A vector of integers that is wide after a shift, and what else its norm needs: the square of what divides
// it is a mean of squares and epsilon.
struct vector {
    const int32_t *values;
    uint32_t n, shift;
    struct tlm_scale unit; // value of one unit of the wide vector
    struct tlm_scale inverse_length, epsilon;
};

// Norms and int8 quantisation of a BitLinear; the activations go to slot t of work.q, which gemv_* alone
// reads. Behind a norm with `outer` weights, else NULL, the mean is that of the products with them; the
// weights of `norm` are then the products of both (docs/integer.md §5). Uses work.normed, which `in` may lie
// in.
static struct tlm_scale quantize(struct tlm_engine *engine, uint32_t t, const struct vector *in,
                                 const struct tlm_image_entry *outer, const struct tlm_image_entry *norm) {
    int32_t *z = engine->work.normed;
    int8_t *q = engine->work.q + t * TLM_PAIR_STRIDE(in->n), *end = q + in->n;
    struct tlm_norm sums;

    norm_s32(z, &sums, in->values, in->shift, outer == NULL ? NULL : data_of(engine, outer),
             data_of(engine, norm), in->n);
    quantize_s32_s8(q, z, sums.largest, in->n);
    end[0] = end[1] = end[2] = end[3] = 0; // a group may reach beyond it

    const struct tlm_scale unit = tlm_scale_product(in->unit, scale_of(norm), 16);
    const struct tlm_scale peak = tlm_scale_product(tlm_normalize_positive(sums.largest + 1, 0), unit, 0);
    const struct tlm_scale squared =
        outer == NULL ? in->unit : tlm_scale_product(in->unit, scale_of(outer), 16);
    const struct tlm_scale square = mean_square(sums.squares, squared, in->inverse_length);
    return tlm_scale_product(peak, tlm_scale_reciprocal_root(tlm_scale_add(square, in->epsilon)), 0);
}

// A sixteenth of the square of a wide vector's width, 2^31 units. Twin: typicalSquare in
// host-tools/compiler/operators.ts.
enum { TYPICAL_SQUARE = 58 };

// The same of the residual stream of token t. The mean of the squares of x only keeps the root from being
// zero: what is typical for its width will do.
static struct tlm_scale quantize_stream(struct tlm_engine *engine, uint32_t t, uint32_t slot,
                                        const struct tlm_image_entry *outer,
                                        const struct tlm_image_entry *norm) {
    const struct tlm_image_header *h = &engine->facts;
    const struct tlm_scale inverse = {h->inv_hidden_m, h->inv_hidden_e},
                           norm_eps = {h->norm_eps_m, h->norm_eps_e},
                           linear_eps = {h->bitlinear_eps_m, h->bitlinear_eps_e};
    const int32_t shift = (int32_t)tlm_wide_shift(engine->stream_bits[t]);
    const struct tlm_scale typical = tlm_scale_power(2 * (-16 - shift) + TYPICAL_SQUARE);
    const struct vector in = {engine->work.stream + (size_t)t * h->hidden,
                              h->hidden,
                              (uint32_t)shift,
                              tlm_scale_power(-16 - shift),
                              inverse,
                              tlm_scale_product(linear_eps, tlm_scale_add(typical, norm_eps), 0)};
    return quantize(engine, slot, &in, outer, norm);
}

// The same of a gated vector in work.normed, with its bits before it is wide and the value of one unit.
static struct tlm_scale quantize_gated(struct tlm_engine *engine, uint32_t t, uint32_t n, uint32_t bits,
                                       struct tlm_scale unit, struct tlm_scale inverse_length,
                                       const struct tlm_image_entry *outer,
                                       const struct tlm_image_entry *norm) {
    const struct tlm_image_header *h = &engine->facts;
    const uint32_t shift = tlm_wide_shift(bits);
    const struct vector in = {engine->work.normed,
                              n,
                              shift,
                              {unit.m, unit.e - (int32_t)shift},
                              inverse_length,
                              {h->bitlinear_eps_m, h->bitlinear_eps_e}};
    return quantize(engine, t, &in, outer, norm);
}

// A matrix as the kernels take it.
struct matrix {
    const int16_t *row_scales; // NULL where all rows have one scale
    const uint8_t *w;          // [n_rows][digits] rows of trits
    uint32_t n_rows, n_cols, digits, chunk_groups;
    uint32_t n_sums; // rows of trits
    uint32_t spread; // bits that a row's sum can be shifted left by
    bool is_t5;
};

static inline void find_matrix(struct matrix *m, const struct tlm_engine *engine,
                               const struct tlm_image_entry *entry) {
    enum { T5 = 1 << TLM_LAYOUT_T5 | 1 << TLM_LAYOUT_R5, SCALED = 1 << TLM_LAYOUT_R2 | 1 << TLM_LAYOUT_R5 };
    const uint8_t *bytes = data_of(engine, entry);
    const uint32_t layout = 1u << entry->layout, n_rows = entry->rows, n_cols = entry->cols;
    const void *row_scales = NULL;
    uint32_t digits = 1;
    if (layout & SCALED) {
        const bool is_embedding = entry == engine->entries;
        row_scales = bytes;
        bytes += tlm_row_scale_bytes(n_rows);
        digits = is_embedding ? engine->facts.embedding_digits : engine->facts.weight_digits;
    }
    m->row_scales = row_scales;
    m->w = bytes;
    m->n_rows = n_rows;
    m->n_cols = n_cols;
    m->digits = digits;
    m->chunk_groups = entry->chunk_groups;
    m->n_sums = digits * n_rows;
    m->spread = sum_shift(n_cols, digits);
    m->is_t5 = (layout & T5) != 0;
}

// Integers of a product from one token to the next.
static size_t rows_stride(const struct matrix *m) { return (m->n_sums + 3) / 4 * 4; }

// n rows of trits from row `first`, a multiple of 4, on, with the activations of the first token in work.q.
// Rows behind others of a matrix of one chunk find its table built.
static void multiply_rows(const struct tlm_workspace *work, const struct matrix *m, uint32_t first,
                          uint32_t n, int32_t *y) {
    const size_t n_cols = m->n_cols, chunk = m->chunk_groups;
    if (first == 0 && m->is_t5)
        gemv_s8_t5(y, m->w, work->q, n, n_cols, chunk, work->table);
    else if (first == 0)
        gemv_s8_t2(y, m->w, work->q, n, n_cols, chunk, work->table);
    else if (m->is_t5)
        gemv_more_s8_t5(y, m->w + first * ((n_cols + 4) / 5), work->q, n, n_cols, work->table);
    else
        gemv_more_s8_t2(y, m->w + first * ((n_cols + 3) / 4), work->q, n, n_cols, work->table);
}

// The product of a head of digits and one chunk, block of rows by block: the digits' sums then need no more
// room than those of a layer.
static void multiply_head(struct tlm_engine *engine, const struct matrix *m, int32_t *y) {
    const struct tlm_workspace *work = &engine->work;
    const uint32_t most = work->sums_room / m->digits / 4 * 4;
    for (uint32_t first = 0, n; first < m->n_rows; first += n) {
        n = m->n_rows - first < most ? m->n_rows - first : most;
        multiply_rows(work, m, first * m->digits, n * m->digits, work->sums);
        scale_rows_s32(y + first, work->sums, n, m->n_cols, m->digits, m->row_scales + first);
    }
}

// The product with the activations of n_tokens in work.q, and its matrix; the integers of its rows lie in y,
// those of the second token behind those of the first.
static void multiply(struct tlm_engine *engine, struct matrix *m, const struct tlm_image_entry *entry,
                     uint32_t n_tokens, int32_t *y) {
    const struct tlm_workspace *work = &engine->work;
    find_matrix(m, engine, entry);
    if (y == work->logits && work->has_head_blocks) {
        multiply_head(engine, m, y);
        return;
    }
    const size_t n = m->n_sums, n_cols = m->n_cols, chunk = m->chunk_groups, groups = work->table_groups;
    uint16_t *pair_table = (uint16_t *)(void *)work->logits;
    if (n_tokens == 1)
        multiply_rows(work, m, 0, m->n_sums, y);
    else if (m->is_t5)
        gemv_pair_s8_t5(y, m->w, work->q, n, n_cols, chunk, pair_table, groups);
    else
        gemv_pair_s8_t2(y, m->w, work->q, n, n_cols, chunk, pair_table, groups);
    if (m->row_scales == NULL) return;
    for (uint32_t t = 0; t < n_tokens; t++) {
        int32_t *rows = y + t * rows_stride(m);
        scale_rows_s32(rows, rows, m->n_rows, m->n_cols, m->digits, m->row_scales);
    }
}

// How the integers of a product's rows become Q16: `activations` is the value of one unit of the activations
// times 127, `entry` that of the matrix whose scale its rows have.
static struct tlm_unit unit_of(const struct matrix *m, const struct tlm_image_entry *entry,
                               struct tlm_scale activations) {
    const bool is_scaled = m->row_scales != NULL;
    const int32_t bits = is_scaled ? 16 - (int32_t)m->spread : 0;
    const struct tlm_unit unit = {is_scaled ? 0 : m->spread,
                                  tlm_scale_product(activations, scale_of(entry), bits)};
    return unit;
}

// A BitLinear whose result is added to the residual stream of each token.
static void add_product(struct tlm_engine *engine, uint32_t n_tokens, const struct tlm_image_entry *entry,
                        const struct tlm_scale *activations) {
    struct matrix m;
    multiply(engine, &m, entry, n_tokens, engine->work.sums);
    for (uint32_t t = 0; t < n_tokens; t++)
        engine->stream_bits[t] =
            add_s32(engine->work.stream + t * m.n_rows, engine->work.sums + t * rows_stride(&m),
                    unit_of(&m, entry, activations[t]), m.n_rows);
}

// Integers of one matrix among three: where they lie, and how they become Q16.
struct part {
    int32_t *values;
    size_t stride; // to the next token
    struct tlm_unit unit[TLM_ENGINE_TOKENS_MAX];
};

// The products of i, f and g with the residual stream. Where the three share their activations they are one
// matrix; else each is quantised for itself.
static void multiply_mixer(struct tlm_engine *engine, uint32_t n_tokens,
                           const struct tlm_image_entry *tensors, struct part parts[3]) {
    const struct tlm_image_entry *outer = tensors + TLM_TENSOR_ATTN_NORM,
                                 *norms = tensors + TLM_TENSOR_I_NORM, *entries = tensors + TLM_TENSOR_I_PROJ;
    const bool is_shared = tensors[TLM_TENSOR_F_NORM].rows == 0;
    struct tlm_scale activations[TLM_ENGINE_TOKENS_MAX];
    struct matrix m;
    int32_t *y = engine->work.sums;
    for (uint32_t k = 0; k < 3; k++) {
        if (k == 0 || !is_shared) {
            for (uint32_t t = 0; t < n_tokens; t++)
                activations[t] = quantize_stream(engine, t, t, outer, norms + k);
            multiply(engine, &m, entries + k, n_tokens, y);
        }
        parts[k].values = y;
        parts[k].stride = rows_stride(&m);
        for (uint32_t t = 0; t < n_tokens; t++) parts[k].unit[t] = unit_of(&m, entries + k, activations[t]);
        y += is_shared ? engine->facts.inner : n_tokens * rows_stride(&m);
    }
}

// The MLGRU of one token up to its last BitLinear, whose activations it leaves in work.q.
static struct tlm_scale mix(struct tlm_engine *engine, uint32_t t, const struct tlm_image_entry *tensors,
                            int32_t *state, const struct part parts[3]) {
    const struct tlm_image_header *h = &engine->facts;
    const uint32_t n = h->inner;
    const struct tlm_scale inverse = {h->inv_inner_m, h->inv_inner_e},
                           epsilon = {h->norm_eps_m, h->norm_eps_e};
    const struct tlm_image_entry *bound = tensors + TLM_TENSOR_BOUND;
    const uint16_t *fractions = bound->bytes == 0 ? NULL : data_of(engine, bound);
    const struct part *i = parts, *f = parts + 1, *g = parts + 2;
    int32_t *open = engine->work.normed, *factors = g->values + t * g->stride;

    const uint32_t bits = recur_s32(state, open, f->values + t * f->stride, f->unit[t], fractions,
                                    i->values + t * i->stride, i->unit[t], n);
    const uint32_t factor_bits = bits_s32(factors, n);
    // RMSNorm(g) needs the mean of its squares alone: its root goes into the value of one unit.
    const struct tlm_scale unit = g->unit[t].scale;
    const uint32_t wide = tlm_wide_shift(factor_bits);
    const struct tlm_scale wide_unit = {unit.m, unit.e - (int32_t)wide};
    const struct tlm_scale square = mean_square(square_sum_s32(factors, wide, n), wide_unit, inverse);
    const struct tlm_scale root = tlm_scale_reciprocal_root(tlm_scale_add(square, epsilon));
    const uint32_t shift = tlm_wide_shift(bits);
    const uint32_t gated_bits = gate_s32(open, open, shift, factors, factor_bits, n);
    const int32_t moved = (int32_t)factor_shift(factor_bits) - (int32_t)shift;
    return quantize_gated(engine, t, n, gated_bits, tlm_scale_product(unit, root, moved), inverse,
                          tensors + TLM_TENSOR_OUT_NORM, tensors + TLM_TENSOR_O_NORM);
}

// The GLU of one token up to its last BitLinear, whose activations it leaves in work.q.
static struct tlm_scale gate(struct tlm_engine *engine, uint32_t t, const struct tlm_image_entry *tensors,
                             int32_t *rows, struct tlm_unit unit) {
    const struct tlm_image_header *h = &engine->facts;
    const uint32_t n = h->intermediate;
    const struct tlm_scale inverse = {h->inv_intermediate_m, h->inv_intermediate_e};
    int32_t *open = engine->work.normed, *factors = rows + n;

    const uint32_t shift = tlm_wide_shift(silu_s32(open, rows, unit, n));
    const uint32_t factor_bits = bits_s32(factors, n);
    const uint32_t bits = gate_s32(open, open, shift, factors, factor_bits, n);
    const int32_t moved = (int32_t)factor_shift(factor_bits) - (int32_t)shift;
    const struct tlm_scale gated = {unit.scale.m, unit.scale.e + moved};
    return quantize_gated(engine, t, n, bits, gated, inverse, NULL, tensors + TLM_TENSOR_DOWN_NORM);
}

static void mix_tokens(struct tlm_engine *engine, uint32_t n_tokens, uint32_t layer) {
    const struct tlm_image_entry *tensors = tensors_of(engine, layer);
    int32_t *state = engine->work.state + (size_t)layer * engine->facts.inner;
    struct part parts[3];
    struct tlm_scale activations[TLM_ENGINE_TOKENS_MAX];
    multiply_mixer(engine, n_tokens, tensors, parts);
    for (uint32_t t = 0; t < n_tokens; t++) activations[t] = mix(engine, t, tensors, state, parts);
    add_product(engine, n_tokens, tensors + TLM_TENSOR_O_PROJ, activations);
}

static void mix_channels(struct tlm_engine *engine, uint32_t n_tokens, uint32_t layer) {
    const struct tlm_image_entry *tensors = tensors_of(engine, layer);
    const struct tlm_image_entry *gate_entry = tensors + TLM_TENSOR_GATE_PROJ;
    struct matrix m;
    struct tlm_scale activations[TLM_ENGINE_TOKENS_MAX];
    int32_t *rows = engine->work.sums;
    for (uint32_t t = 0; t < n_tokens; t++)
        activations[t] =
            quantize_stream(engine, t, t, tensors + TLM_TENSOR_MLP_NORM, tensors + TLM_TENSOR_GATE_NORM);
    multiply(engine, &m, gate_entry, n_tokens, rows);
    for (uint32_t t = 0; t < n_tokens; t++)
        activations[t] =
            gate(engine, t, tensors, rows + t * rows_stride(&m), unit_of(&m, gate_entry, activations[t]));
    add_product(engine, n_tokens, tensors + TLM_TENSOR_DOWN_PROJ, activations);
}

static void embed(struct tlm_engine *engine, uint32_t t, uint16_t token) {
    const struct tlm_image_entry *entry = engine->entries;
    const uint8_t *bytes = tlm_engine_data(engine, entry->offset);
    const int16_t *scales = (const void *)bytes;
    const uint8_t *rows = bytes + tlm_row_scale_bytes(entry->rows);
    const uint32_t digits = engine->facts.embedding_digits, shift = (uint32_t)(-30 - entry->scale_e);
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
    const size_t n = (size_t)engine->facts.n_layers * engine->facts.inner;
    for (size_t i = 0; i < n; i++) engine->work.state[i] = 0;
}

// The logits behind the last of the tokens. An embedding of digits is the head too, whose own entry then has
// the scale alone.
static void write_logits(struct tlm_engine *engine, uint32_t last) {
    const struct tlm_image_header *h = &engine->facts;
    const struct tlm_image_entry *tensors = tensors_of(engine, h->n_layers - 1u),
                                 *head = tensors + TLM_TENSOR_HEAD;
    struct matrix m;
    const struct tlm_scale activations =
        quantize_stream(engine, last, 0, tensors + TLM_TENSOR_FINAL_NORM, tensors + TLM_TENSOR_HEAD_NORM);
    multiply(engine, &m, h->embedding_digits > 0 ? engine->entries : head, 1, engine->work.logits);
    engine->logit_scale = unit_of(&m, head, activations).scale;
}

static void trace_layer(const struct tlm_engine *engine, uint32_t layer) {
    const struct tlm_image_header *h = &engine->facts;
    const int32_t *state = engine->work.state + (size_t)layer * h->inner;
    const uint32_t sum = checksum(checksum(0, state, h->inner), engine->work.stream, h->hidden);
    engine->trace(engine->trace_context, layer, sum);
}

static void step(struct tlm_engine *engine, const uint16_t *tokens, uint32_t n_tokens, bool want_logits) {
    tlm_engine_lend(engine, n_tokens > 1 ? engine->work.lent_bytes : 0);
    for (uint32_t t = 0; t < n_tokens; t++) embed(engine, t, tokens[t]);
    for (uint32_t layer = 0; layer < engine->facts.n_layers; layer++) {
        mix_tokens(engine, n_tokens, layer);
        mix_channels(engine, n_tokens, layer);
        if (engine->trace != NULL && n_tokens == 1) trace_layer(engine, layer);
    }
    if (!want_logits) return;
    tlm_engine_lend(engine, 0); // the prompt ends here
    write_logits(engine, n_tokens - 1);
}

void tlm_engine_step(struct tlm_engine *engine, uint16_t token, bool want_logits) {
    step(engine, &token, 1, want_logits);
}

void tlm_engine_step_pair(struct tlm_engine *engine, const uint16_t tokens[2], bool want_logits) {
    step(engine, tokens, 2, want_logits);
}
