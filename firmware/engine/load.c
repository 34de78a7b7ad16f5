// Checks an image once and completely; the engine then trusts it. Twin: host-tools/compiler/read-image.ts.
#include "checks.h"
#include "engine.h"

// CRC-32 of IEEE 802.3, four bits at a time: the table is the polynomial 0xEDB88320 applied to a nibble.
static uint32_t crc32_update(uint32_t crc, const uint8_t *bytes, uint32_t n_bytes) {
    static const uint32_t nibbles[16] = {
        0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
        0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c, 0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c};
    for (uint32_t i = 0; i < n_bytes; i++) {
        crc ^= bytes[i];
        crc = crc >> 4 ^ nibbles[crc & 15];
        crc = crc >> 4 ^ nibbles[crc & 15];
    }
    return crc;
}

static enum tlm_status check_envelope(const struct tlm_image_header *header, uint32_t image_bytes_max) {
    if (image_bytes_max < sizeof *header) return TLM_STATUS_TRUNCATED;
    if (header->magic == 0xffffffffu) return TLM_STATUS_NO_IMAGE;
    if (header->magic != TLM_IMAGE_MAGIC) return TLM_STATUS_BAD_MAGIC;
    if (header->version > TLM_IMAGE_VERSION) return TLM_STATUS_NEWER_VERSION;
    if (header->version < TLM_IMAGE_VERSION) return TLM_STATUS_OLDER_VERSION;
    const uint32_t size = header->image_bytes;
    if (size > image_bytes_max || size < sizeof *header || size % 4 != 0) return TLM_STATUS_TRUNCATED;
    const uint8_t *bytes = (const uint8_t *)header;
    const uint32_t crc = crc32_update(crc32_update(0xffffffffu, bytes, 12), bytes + 16, size - 16);
    return ~crc == header->crc32 ? TLM_STATUS_OK : TLM_STATUS_BAD_CRC;
}

static bool scale_is_sound(uint16_t m, int16_t e) {
    return m >= 0x8000u && e >= TLM_IMAGE_SCALE_EXPONENT_MIN && e <= TLM_IMAGE_SCALE_EXPONENT_MAX;
}

static enum tlm_status check_shape(const struct tlm_image_header *h) {
    if (h->header_bytes != sizeof *h) return TLM_STATUS_BAD_SHAPE;
    if (h->embedding_digits > TLM_IMAGE_DIGITS_MAX || h->weight_digits > TLM_IMAGE_DIGITS_MAX)
        return TLM_STATUS_BAD_SHAPE;
    if (h->n_layers == 0 || h->vocab == 0 || h->hidden == 0 || h->inner == 0 || h->intermediate == 0)
        return TLM_STATUS_BAD_SHAPE;
    if (h->n_layers > TLM_IMAGE_LAYERS_MAX || h->intermediate > TLM_IMAGE_INTERMEDIATE_MAX)
        return TLM_STATUS_BAD_SHAPE;
    if (h->vocab >= TLM_IMAGE_NO_TOKEN || h->bos >= h->vocab || h->eos >= h->vocab)
        return TLM_STATUS_BAD_SHAPE;
    if (h->table_groups == 0 || h->table_groups > TLM_IMAGE_CHUNK_GROUPS_MAX) return TLM_STATUS_BAD_SHAPE;
    const bool sound = scale_is_sound(h->norm_eps_m, h->norm_eps_e) &&
                       scale_is_sound(h->bitlinear_eps_m, h->bitlinear_eps_e) &&
                       scale_is_sound(h->inv_hidden_m, h->inv_hidden_e) &&
                       scale_is_sound(h->inv_inner_m, h->inv_inner_e) &&
                       scale_is_sound(h->inv_intermediate_m, h->inv_intermediate_e);
    return sound ? TLM_STATUS_OK : TLM_STATUS_BAD_SCALE;
}

// Which layouts suit what a slot holds, by enum tlm_holds.
static const uint8_t layouts_of[] = {
    1 << TLM_LAYOUT_S16, 1 << TLM_LAYOUT_U16, 1 << TLM_LAYOUT_E8 | 1 << TLM_LAYOUT_E16,
    1 << TLM_LAYOUT_R2 | 1 << TLM_LAYOUT_R5, 1 << TLM_LAYOUT_T2 | 1 << TLM_LAYOUT_T5};

static bool layout_suits(const struct tlm_slot *slot, uint32_t layout) {
    return layout < 8 && (layouts_of[slot->holds] >> layout & 1) != 0;
}

// Bytes that a tensor of a slot takes in a layout that suits it.
static uint64_t expected_bytes(const struct tlm_slot *slot, uint32_t layout) {
    const uint64_t n_rows = slot->n_rows, n_cols = slot->n_cols, elements = n_rows * n_cols;
    const uint64_t row_scales = tlm_row_scale_bytes(slot->n_rows);
    const uint32_t fives = slot->n_cols / 5 + (slot->n_cols % 5 > 0); // a division of 64 bits takes 700 bytes
    switch (layout) {
    case TLM_LAYOUT_E8:
        return row_scales + elements;
    case TLM_LAYOUT_E16:
        return row_scales + 2 * elements;
    case TLM_LAYOUT_T2:
        return (n_rows + 3) / 4 * 4 * ((n_cols + 3) / 4);
    case TLM_LAYOUT_T5:
        return (n_rows + 3) / 4 * 4 * fives;
    case TLM_LAYOUT_R2:
        return row_scales + (slot->digits * n_rows + 3) / 4 * 4 * ((n_cols + 3) / 4);
    case TLM_LAYOUT_R5:
        return row_scales + (slot->digits * n_rows + 3) / 4 * 4 * fives;
    default:
        return 2 * elements;
    }
}

static bool entry_scale_is_sound(const struct tlm_image_entry *entry, const struct tlm_slot *slot) {
    if (slot->holds == TLM_HOLDS_FRACTIONS) return true;
    if (slot->kind != TLM_TENSOR_EMBEDDING) return scale_is_sound(entry->scale_m, entry->scale_e);
    return entry->scale_m == 0x8000u && entry->scale_e <= -30 && entry->scale_e >= -61; // a shift of 0 .. 31
}

static enum tlm_status check_entry(const struct tlm_image_entry *entry, const struct tlm_slot *slot,
                                   const struct tlm_image_header *header, uint32_t first) {
    const bool omitted = entry->rows == 0 && (slot->n_rows == 0 || slot->holds == TLM_HOLDS_FRACTIONS);
    const bool in_place = entry->offset >= first && entry->offset % 4 == 0 &&
                          entry->offset <= header->image_bytes &&
                          entry->bytes <= header->image_bytes - entry->offset;
    // A tensor is copied as a whole or not at all.
    const uint32_t end = entry->offset + entry->bytes,
                   copies_end = header->copied_offset + header->copied_bytes;
    const bool is_whole = entry->bytes == 0 || end <= header->copied_offset || entry->offset >= copies_end ||
                          (entry->offset >= header->copied_offset && end <= copies_end);
    const bool is_slot = entry->kind == slot->kind && entry->layer == slot->layer &&
                         (omitted || entry->rows == slot->n_rows) && entry->cols == slot->n_cols;
    if (!in_place || !is_slot || !is_whole) return TLM_STATUS_BAD_DIRECTORY;
    const uint32_t layout = entry->layout, chunk = entry->chunk_groups;
    const bool is_matrix = slot->holds == TLM_HOLDS_TRITS || slot->holds == TLM_HOLDS_DIGITS;
    const bool chunk_fits = is_matrix ? chunk >= 1 && chunk <= header->table_groups : chunk == 0;
    if (!layout_suits(slot, layout) || !chunk_fits) return TLM_STATUS_BAD_LAYOUT;
    if (entry->bytes != (omitted ? 0 : expected_bytes(slot, layout))) return TLM_STATUS_BAD_LAYOUT;
    return entry_scale_is_sound(entry, slot) ? TLM_STATUS_OK : TLM_STATUS_BAD_SCALE;
}

static enum tlm_status check_directory(const struct tlm_image_header *header,
                                       const struct tlm_image_entry *entries) {
    const uint32_t n = TLM_IMAGE_TENSORS_OUTSIDE + header->n_layers * TLM_IMAGE_TENSORS_PER_LAYER;
    const uint32_t first = (uint32_t)sizeof *header + n * (uint32_t)sizeof *entries;
    if (header->n_tensors != n || first > header->image_bytes) return TLM_STATUS_BAD_DIRECTORY;
    const bool copies_fit = header->copied_offset % 4 == 0 && header->copied_bytes % 4 == 0 &&
                            header->copied_offset <= header->image_bytes &&
                            header->copied_bytes <= header->image_bytes - header->copied_offset;
    if (!copies_fit) return TLM_STATUS_BAD_DIRECTORY;
    for (uint32_t i = 0; i < n; i++) {
        const struct tlm_slot slot = tlm_slot_at(header, i);
        const enum tlm_status status = check_entry(entries + i, &slot, header, first);
        if (status != TLM_STATUS_OK) return status;
    }
    return TLM_STATUS_OK;
}

// Looks at every byte of trits, since kernels index tables by them, and at the weights of norms.
static enum tlm_status check_codes(const struct tlm_engine *engine) {
    for (uint32_t i = 0; i < engine->header->n_tensors; i++) {
        const struct tlm_image_entry *entry = engine->entries + i;
        const uint32_t layout = entry->layout;
        const bool has_scales = layout == TLM_LAYOUT_R2 || layout == TLM_LAYOUT_R5;
        const uint32_t skipped = has_scales ? tlm_row_scale_bytes(entry->rows) : 0;
        const uint8_t *trits = engine->image + entry->offset + skipped;
        const int16_t *weights = (const void *)(engine->image + entry->offset);
        const uint32_t n_bytes = entry->bytes - skipped;
        if ((layout == TLM_LAYOUT_T5 || layout == TLM_LAYOUT_R5) && !tlm_t5_is_sound(trits, n_bytes))
            return TLM_STATUS_BAD_CODE;
        if ((layout == TLM_LAYOUT_T2 || layout == TLM_LAYOUT_R2) && !tlm_t2_is_sound(trits, n_bytes))
            return TLM_STATUS_BAD_CODE;
        if (layout == TLM_LAYOUT_S16 && !tlm_s16_is_sound(weights, n_bytes / 2)) return TLM_STATUS_BAD_CODE;
    }
    return TLM_STATUS_OK;
}

static enum tlm_status check(struct tlm_engine *engine, uint32_t image_bytes_max) {
    enum tlm_status status = check_envelope(engine->header, image_bytes_max);
    if (status == TLM_STATUS_OK) status = check_shape(engine->header);
    if (status == TLM_STATUS_OK) status = check_directory(engine->header, engine->entries);
    if (status == TLM_STATUS_OK) status = check_codes(engine);
    if (status == TLM_STATUS_OK && !tlm_tokenizer_is_sound(engine->header)) status = TLM_STATUS_BAD_TOKENIZER;
    return status;
}

static void copy_words(void *to, const void *from, uint32_t n_bytes) {
    const uint32_t *source = from;
    uint32_t *target = to;
    for (uint32_t i = 0; i < n_bytes / 4; i++) target[i] = source[i];
}

// What each token reads of the image beside tensors, in RAM: weights push it out of a cache of the flash.
static void copy_facts(struct tlm_engine *engine) {
    void *directory = engine->work.directory;
    copy_words(&engine->facts, engine->header, sizeof engine->facts);
    if (directory == NULL) return;
    copy_words(directory, engine->entries, engine->header->n_tensors * (uint32_t)sizeof *engine->entries);
    engine->entries = directory;
}

void tlm_engine_lend(struct tlm_engine *engine, uint32_t n_bytes) {
    const uint32_t more = n_bytes - engine->lent_bytes;
    if (more == 0) return;
    engine->lent_bytes = n_bytes;
    engine->work.copies += (int32_t)more;
    engine->facts.copied_offset += more;
    engine->facts.copied_bytes -= more;
    if (n_bytes == 0) copy_words(engine->work.copies, engine->image + engine->facts.copied_offset, 0u - more);
}

enum tlm_status tlm_engine_load(struct tlm_engine *engine, const uint8_t *image, uint32_t image_bytes_max,
                                uint8_t *arena, uint32_t arena_bytes) {
    *engine = (struct tlm_engine){0};
    engine->image = image;
    engine->header = (const struct tlm_image_header *)image;
    engine->entries = (const struct tlm_image_entry *)(image + sizeof *engine->header);
    enum tlm_status status = check(engine, image_bytes_max);
    if (status == TLM_STATUS_OK) {
        engine->arena_used = tlm_engine_plan(engine->header, engine->entries, NULL, 0, &engine->work);
        if (engine->arena_used > arena_bytes) status = TLM_STATUS_NO_MEMORY;
    }
    if (status != TLM_STATUS_OK) {
        *engine = (struct tlm_engine){0};
        return status;
    }
    tlm_engine_plan(engine->header, engine->entries, arena, arena_bytes - engine->arena_used, &engine->work);
    engine->logits = engine->work.logits;
    copy_facts(engine);
    copy_words(engine->work.copies, image + engine->facts.copied_offset, engine->facts.copied_bytes);
    tlm_engine_reset(engine);
    return TLM_STATUS_OK;
}
