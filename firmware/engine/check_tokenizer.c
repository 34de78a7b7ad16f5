// Whether the tokenizer section of an image is consistent. Twin: host-tools/compiler/read-tokenizer.ts.
#include "checks.h"
#include "tokenizer_section.h"

static bool head_is_sound(const struct tlm_image_tokenizer *head, uint32_t vocab) {
    if (head->n_tokens == 0 || head->n_tokens > vocab) return false;
    if (head->pre_tokenizer > TLM_PRE_TOKENIZER_METASPACE || head->prefix > TLM_TEXT_PREFIX_UNLESS_SPACE)
        return false;
    if (head->n_made > head->n_merges || head->n_made > head->n_tokens) return false;
    if (head->first_result == TLM_IMAGE_NO_TOKEN) return true;
    return head->n_made == head->n_merges && head->first_result <= head->n_tokens - head->n_made;
}

static uint64_t section_bytes(const struct tlm_image_tokenizer *head) {
    const uint32_t n_halves = head->first_result == TLM_IMAGE_NO_TOKEN ? head->n_merges + head->n_made : 0u;
    return sizeof *head + 4ull * (head->n_tokens - head->n_made + 1u) +
           (uint64_t)sizeof(struct tlm_image_character) * head->n_characters +
           sizeof(struct tlm_image_merge) * head->n_merges + 2ull * (256u + head->n_merges + n_halves) +
           head->text_bytes;
}

static bool offsets_rise(const struct tlm_tokenizer_section *section) {
    const uint32_t n = section->head->n_tokens - section->head->n_made;
    if (section->offsets[0] != 0 || section->offsets[n] != section->head->text_bytes) return false;
    for (uint32_t i = 0; i < n; i++) {
        if (section->offsets[i + 1] < section->offsets[i]) return false;
    }
    return true;
}

static bool merges_are_sound(const struct tlm_tokenizer_section *section) {
    const uint32_t n = section->head->n_tokens, n_merges = section->head->n_merges;
    int64_t before = -1;
    for (uint32_t i = 0; i < n_merges; i++) {
        const struct tlm_image_merge *merge = section->merges + i;
        if (merge->left >= n || merge->right >= n || tlm_merge_result(section, i) >= n) return false;
        if (section->order[i] >= n_merges) return false;
    }
    for (uint32_t i = 0; i < n_merges; i++) {
        const uint32_t pair = tlm_merge_pair(section, section->order[i]);
        if (pair <= before) return false;
        before = pair;
    }
    return true;
}

// Reads merges and offsets, which must be sound.
static bool made_tokens_are_sound(const struct tlm_tokenizer_section *section) {
    int32_t before = -1;
    for (uint32_t i = 0; i < section->head->n_made; i++) {
        const uint32_t rank = section->made == NULL ? i : section->made[i];
        if (rank >= section->head->n_merges || tlm_merge_result(section, rank) <= before) return false;
        before = tlm_merge_result(section, rank);
    }
    struct tlm_token_text text;
    for (uint32_t token = 0; token < section->head->n_tokens; token++) {
        if (!tlm_token_text(section, (uint16_t)token, &text)) return false;
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
    if (!head_is_sound(head, header->vocab) || section_bytes(head) != size) return false;
    const struct tlm_tokenizer_section section = tlm_tokenizer_section(header);
    return offsets_rise(&section) && merges_are_sound(&section) && made_tokens_are_sound(&section) &&
           characters_are_sound(&section);
}
