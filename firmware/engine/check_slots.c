// What each entry of an image's directory must be. Twin: tensorOrder() in host-tools/contracts/image.ts.
#include "checks.h"

// Sizes of a header that a slot's rows and columns name.
enum size { ONE, VOCAB, HIDDEN, INNER, INTERMEDIATE, GATES };

struct plan {
    uint8_t kind, holds, n_rows, n_cols; // enum tlm_tensor, enum tlm_holds, enum size, enum size
};

static const struct plan embedding = {TLM_TENSOR_EMBEDDING, TLM_HOLDS_ROWS, VOCAB, HIDDEN};

static const struct plan of_layer[TLM_IMAGE_TENSORS_PER_LAYER] = {
    {TLM_TENSOR_ATTN_NORM, TLM_HOLDS_VECTOR, HIDDEN, ONE},
    {TLM_TENSOR_I_NORM, TLM_HOLDS_VECTOR, HIDDEN, ONE},
    {TLM_TENSOR_F_NORM, TLM_HOLDS_VECTOR, HIDDEN, ONE},
    {TLM_TENSOR_G_NORM, TLM_HOLDS_VECTOR, HIDDEN, ONE},
    {TLM_TENSOR_I_PROJ, TLM_HOLDS_TRITS, INNER, HIDDEN},
    {TLM_TENSOR_F_PROJ, TLM_HOLDS_TRITS, INNER, HIDDEN},
    {TLM_TENSOR_G_PROJ, TLM_HOLDS_TRITS, INNER, HIDDEN},
    {TLM_TENSOR_BOUND, TLM_HOLDS_FRACTIONS, INNER, ONE},
    {TLM_TENSOR_OUT_NORM, TLM_HOLDS_VECTOR, INNER, ONE},
    {TLM_TENSOR_O_NORM, TLM_HOLDS_VECTOR, INNER, ONE},
    {TLM_TENSOR_O_PROJ, TLM_HOLDS_TRITS, HIDDEN, INNER},
    {TLM_TENSOR_MLP_NORM, TLM_HOLDS_VECTOR, HIDDEN, ONE},
    {TLM_TENSOR_GATE_NORM, TLM_HOLDS_VECTOR, HIDDEN, ONE},
    {TLM_TENSOR_GATE_PROJ, TLM_HOLDS_TRITS, GATES, HIDDEN},
    {TLM_TENSOR_DOWN_NORM, TLM_HOLDS_VECTOR, INTERMEDIATE, ONE},
    {TLM_TENSOR_DOWN_PROJ, TLM_HOLDS_TRITS, HIDDEN, INTERMEDIATE},
};

static const struct plan last[TLM_IMAGE_TENSORS_OUTSIDE - 1] = {
    {TLM_TENSOR_FINAL_NORM, TLM_HOLDS_VECTOR, HIDDEN, ONE},
    {TLM_TENSOR_HEAD_NORM, TLM_HOLDS_VECTOR, HIDDEN, ONE},
    {TLM_TENSOR_HEAD, TLM_HOLDS_TRITS, VOCAB, HIDDEN},
};

static uint32_t size_of(const struct tlm_image_header *header, uint32_t size) {
    switch (size) {
    case VOCAB:
        return header->vocab;
    case HIDDEN:
        return header->hidden;
    case INNER:
        return header->inner;
    case INTERMEDIATE:
        return header->intermediate;
    case GATES:
        return 2u * header->intermediate;
    default:
        return 1;
    }
}

// The matrices that hold digits; an embedding of digits leaves no matrix for the head.
static struct tlm_slot with_digits(struct tlm_slot slot, const struct tlm_image_header *header) {
    const bool is_embedding = slot.kind == TLM_TENSOR_EMBEDDING;
    const uint32_t of_weights = slot.holds == TLM_HOLDS_TRITS ? header->weight_digits : 0;
    const uint32_t digits = is_embedding ? header->embedding_digits : of_weights;
    if (slot.kind == TLM_TENSOR_HEAD && header->embedding_digits > 0) slot.n_rows = 0;
    if (digits == 0) return slot;
    slot.holds = TLM_HOLDS_DIGITS;
    slot.digits = digits;
    return slot;
}

// In a layer that shares, i, f and g see the same activations: f_norm is left out, and so are g_norm, f_proj
// and g_proj; i_proj holds the rows of all three.
static struct tlm_slot with_sharing(struct tlm_slot slot, const struct tlm_image_header *header) {
    const struct tlm_image_entry *layer =
        (const struct tlm_image_entry *)(header + 1) + 1 + slot.layer * TLM_IMAGE_TENSORS_PER_LAYER;
    if (layer[TLM_TENSOR_F_NORM - TLM_TENSOR_ATTN_NORM].rows != 0) return slot;
    if (slot.kind == TLM_TENSOR_I_PROJ) slot.n_rows *= 3;
    if (slot.kind == TLM_TENSOR_F_NORM || slot.kind == TLM_TENSOR_G_NORM || slot.kind == TLM_TENSOR_F_PROJ ||
        slot.kind == TLM_TENSOR_G_PROJ)
        slot.n_rows = 0;
    return slot;
}

struct tlm_slot tlm_slot_at(const struct tlm_image_header *header, uint32_t i) {
    const uint32_t n_inside = header->n_layers * TLM_IMAGE_TENSORS_PER_LAYER;
    const bool inside = i >= 1 && i - 1 < n_inside;
    const struct plan *plan = i == 0   ? &embedding
                              : inside ? of_layer + (i - 1) % TLM_IMAGE_TENSORS_PER_LAYER
                                       : last + (i - 1 - n_inside);
    const struct tlm_slot slot = {(enum tlm_tensor)plan->kind,
                                  (enum tlm_holds)plan->holds,
                                  inside ? (i - 1) / TLM_IMAGE_TENSORS_PER_LAYER : TLM_IMAGE_NO_LAYER,
                                  size_of(header, plan->n_rows),
                                  size_of(header, plan->n_cols),
                                  1};
    return with_digits(inside ? with_sharing(slot, header) : slot, header);
}
