// The working memory of the engine, laid out in an arena. Twin: host-tools/compiler/ram-plan.ts.
#include "engine.h"

static uint32_t larger(uint32_t a, uint32_t b) { return a > b ? a : b; }

// Takes bytes from the arena, whole words; NULL arena only counts.
static void *take(uint8_t *arena, uint64_t *used, uint64_t n_bytes) {
    uint8_t *at = arena == NULL ? NULL : arena + *used;
    *used += (n_bytes + 3) / 4 * 4;
    return at;
}

// Whether the head is one chunk, whose rows can be added up block by block on one table. Twin: layoutOf() in
// host-tools/compiler/ram-plan.ts.
static bool head_is_one_chunk(const struct tlm_image_header *header, const struct tlm_image_entry *entries) {
    const struct tlm_image_entry *head =
        header->embedding_digits > 0 ? entries : entries + header->n_tensors - 1;
    const bool is_t5 = head->layout == TLM_LAYOUT_T5 || head->layout == TLM_LAYOUT_R5;
    return head->chunk_groups >= (is_t5 ? (head->cols + 4u) / 5 : (head->cols + 3u) / 4);
}

uint32_t tlm_engine_plan(const struct tlm_image_header *header, const struct tlm_image_entry *entries,
                         uint8_t *arena, struct tlm_workspace *work) {
    const uint32_t hidden = header->hidden, inner = header->inner, intermediate = header->intermediate;
    const uint32_t widest = larger(hidden, larger(inner, intermediate));
    const uint32_t sums = larger(widest, larger(3 * inner, 2 * intermediate)); // three matrices may be one
    // A row of digits has a sum each; three matrices that are not one are each rounded up.
    const uint32_t of_weights = larger(1, header->weight_digits);
    const uint32_t digits = header->embedding_digits > 0 ? header->embedding_digits : of_weights;
    const uint64_t sums_room = 2 * ((1ull * of_weights * sums + 3) / 4 * 4 + 8);
    uint64_t used = 0;
    work->has_head_blocks = digits > 1 && head_is_one_chunk(header, entries);
    const uint32_t of_head = work->has_head_blocks ? 1 : digits;
    work->table_groups =
        (header->table_groups + 1u) / 2 * 2; // two groups may share a table, as those of a pair do
    work->state = take(arena, &used, 4ull * header->n_layers * inner);
    work->stream = take(arena, &used, 8ull * hidden);
    work->normed = take(arena, &used, 4ull * widest);
    work->sums = take(arena, &used, 4 * sums_room);
    work->sums_room = (uint32_t)sums_room;
    work->logits = take(arena, &used, 4 * ((1ull * of_head * header->vocab + 3) / 4 * 4));
    work->table = take(arena, &used, 1ull * work->table_groups * TLM_IMAGE_TABLE_BYTES);
    work->q = take(arena, &used, 2 * (widest + 8ull));
    work->copies = take(arena, &used, header->copied_bytes);
    return used > UINT32_MAX ? UINT32_MAX : (uint32_t)used;
}
