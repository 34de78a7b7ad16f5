// The working memory of the engine, laid out in an arena. Twin: host-tools/compiler/ram-plan.ts.
#include "engine.h"

static uint32_t larger(uint32_t a, uint32_t b) { return a > b ? a : b; }

// Takes bytes from the arena, whole words; NULL arena only counts.
static void *take(uint8_t *arena, uint32_t *used, uint32_t n_bytes) {
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

// Groups of the longest chunk; two groups may share a table.
static uint32_t single_groups(const struct tlm_image_header *header, const struct tlm_image_entry *entries) {
    uint32_t longest = 0;
    for (uint32_t i = 0; i < header->n_tensors; i++) longest = larger(longest, entries[i].chunk_groups);
    return (longest + 1) / 2 * 2;
}

uint32_t tlm_engine_plan(const struct tlm_image_header *header, const struct tlm_image_entry *entries,
                         uint8_t *arena, uint32_t left, struct tlm_workspace *work) {
    // What copies leave of 32 bits is more than all else may take.
    if (header->copied_bytes > UINT32_MAX / 2) return UINT32_MAX;
    const uint32_t hidden = header->hidden, inner = header->inner, intermediate = header->intermediate;
    const uint32_t widest = larger(hidden, larger(inner, intermediate));
    const uint32_t sums = larger(widest, larger(3 * inner, 2 * intermediate)); // three matrices may be one
    // A row of digits has a sum each; three matrices that are not one are each rounded up.
    const uint32_t of_weights = larger(1, header->weight_digits);
    const uint32_t digits = header->embedding_digits > 0 ? header->embedding_digits : of_weights;
    const uint32_t sums_room = 2 * ((of_weights * sums + 3) / 4 * 4 + 8);
    uint32_t used = 0;
    work->has_head_blocks = digits > 1 && head_is_one_chunk(header, entries);
    const uint32_t of_head = work->has_head_blocks ? 1 : digits;
    work->table_groups = (header->table_groups + 1u) / 2 * 2;
    work->state = take(arena, &used, 4u * header->n_layers * inner);
    work->stream = take(arena, &used, 8 * hidden);
    work->normed = take(arena, &used, 4 * widest);
    work->sums = take(arena, &used, 4 * sums_room);
    work->sums_room = sums_room;
    work->q = take(arena, &used, 2 * (widest + 8));
    const uint32_t directory_bytes = header->n_tensors * (uint32_t)sizeof *entries;
    work->directory = left < directory_bytes ? NULL : take(arena, &used, directory_bytes);
    if (work->directory != NULL) left -= directory_bytes;
    const uint32_t pair_end = used + work->table_groups * TLM_IMAGE_TABLE_BYTES;
    work->logits = take(arena, &used, 4 * ((of_head * header->vocab + 3) / 4 * 4));
    work->table = take(arena, &used, single_groups(header, entries) * TLM_IMAGE_TABLE_BYTES);
    used += left / 4 * 4;
    const uint32_t lent = pair_end > used ? pair_end - used : 0;
    work->copies = take(arena, &used, header->copied_bytes);
    work->lent_bytes = lent < header->copied_bytes ? lent : header->copied_bytes;
    return larger(used, pair_end);
}
