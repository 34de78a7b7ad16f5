// The working memory of the engine, laid out in an arena. Twin: host-tools/compiler/ram-plan.ts.
#include "engine.h"

static uint32_t larger(uint32_t a, uint32_t b) { return a > b ? a : b; }

// Takes bytes from the arena, whole words; NULL arena only counts.
static void *take(uint8_t *arena, uint64_t *used, uint64_t n_bytes) {
    uint8_t *at = arena == NULL ? NULL : arena + *used;
    *used += (n_bytes + 3) / 4 * 4;
    return at;
}

uint32_t tlm_engine_plan(const struct tlm_image_header *header, uint8_t *arena, struct tlm_workspace *work) {
    const uint32_t hidden = header->hidden, inner = header->inner, intermediate = header->intermediate;
    const uint32_t widest = larger(hidden, larger(inner, intermediate));
    const uint32_t sums = larger(widest, larger(3 * inner, 2 * intermediate)); // three matrices may be one
    // A row of digits has a sum each; three matrices that are not one are each rounded up.
    const uint32_t of_weights = larger(1, header->weight_digits);
    const uint32_t of_head = header->embedding_digits > 0 ? header->embedding_digits : of_weights;
    uint64_t used = 0;
    work->table_groups =
        (header->table_groups + 1u) / 2 * 2; // two groups may share a table, as those of a pair do
    work->state = take(arena, &used, 4ull * header->n_layers * inner);
    work->stream = take(arena, &used, 8ull * hidden);
    work->normed = take(arena, &used, 4ull * widest);
    work->sums = take(arena, &used, 8 * ((1ull * of_weights * sums + 3) / 4 * 4 + 8));
    work->logits = take(arena, &used, 4 * ((1ull * of_head * header->vocab + 3) / 4 * 4));
    work->table = take(arena, &used, 1ull * work->table_groups * TLM_IMAGE_TABLE_BYTES);
    work->q = take(arena, &used, 2 * (widest + 8ull));
    work->copies = take(arena, &used, header->copied_bytes);
    return used > UINT32_MAX ? UINT32_MAX : (uint32_t)used;
}
