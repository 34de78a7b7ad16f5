// Whether the tokenizer section of an image is consistent. Twin: host-tools/compiler/read-tokenizer.ts.
#include "checks.h"
#include "tokenizer_section.h"

static bool offsets_rise(const struct tlm_tokenizer_section *section) {
    const uint32_t n = section->head->n_tokens;
    if (section->offsets[0] != 0 || section->offsets[n] != section->head->text_bytes) return false;
    for (uint32_t i = 0; i < n; i++) {
        if (section->offsets[i + 1] < section->offsets[i]) return false;
    }
    return true;
}

static bool merges_are_sound(const struct tlm_tokenizer_section *section) {
    int64_t before = -1;
    for (uint32_t i = 0; i < section->head->n_merges; i++) {
        const struct tlm_image_merge *merge = section->merges + i;
        const int64_t key = (int64_t)merge->left << 16 | merge->right;
        const uint32_t n = section->head->n_tokens;
        if (merge->left >= n || merge->right >= n || merge->result >= n || key <= before) return false;
        before = key;
    }
    return true;
}

static bool characters_are_sound(const struct tlm_tokenizer_section *section) {
    int64_t before = -1;
    for (uint32_t i = 0; i < section->head->n_characters; i++) {
        const struct tlm_image_character *character = section->characters + i;
        if (character->id >= section->head->n_tokens || character->bytes <= before) return false;
        before = character->bytes;
    }
    for (uint32_t byte = 0; byte < 256; byte++) {
        const uint16_t id = section->byte_ids[byte];
        if (id != TLM_IMAGE_NO_TOKEN && id >= section->head->n_tokens) return false;
    }
    return true;
}

bool tlm_tokenizer_is_sound(const struct tlm_image_header *header) {
    const uint32_t start = header->tokenizer_offset, size = header->tokenizer_bytes,
                   end = header->image_bytes;
    if (start % 4 != 0 || start > end || size > end - start || size < sizeof(struct tlm_image_tokenizer))
        return false;
    const struct tlm_image_tokenizer *head = (const void *)((const uint8_t *)header + start);
    if (head->n_tokens == 0 || head->n_tokens > header->vocab) return false;
    if (head->pre_tokenizer > TLM_PRE_TOKENIZER_METASPACE || head->prefix > TLM_TEXT_PREFIX_UNLESS_SPACE)
        return false;
    const uint64_t tables = sizeof *head + 4ull * (head->n_tokens + 1ull) +
                            (uint64_t)sizeof(struct tlm_image_merge) * head->n_merges +
                            (uint64_t)sizeof(struct tlm_image_character) * head->n_characters + 2ull * 256;
    if (tables + head->text_bytes != size) return false;
    const struct tlm_tokenizer_section section = tlm_tokenizer_section(header);
    return offsets_rise(&section) && merges_are_sound(&section) && characters_are_sound(&section);
}
