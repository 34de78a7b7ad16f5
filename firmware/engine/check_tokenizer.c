// Whether the tokenizer section of an image is consistent. Twin: host-tools/compiler/read-tokenizer.ts.
#include "checks.h"
#include "tokenizer_section.h"

static bool offsets_rise(const struct tlm_tokenizer_section *section) {
    const uint32_t n = section->head->n_tokens;
    if (section->offsets[0] != 0 || section->offsets[n] != section->head->token_bytes) return false;
    for (uint32_t i = 0; i < n; i++) {
        if (section->offsets[i + 1] < section->offsets[i]) return false;
    }
    return true;
}

// Merges are sorted, name tokens, and their ranks are below their number. That no two share a rank is the
// compiler's business: the device only compares them.
static bool merges_are_sound(const struct tlm_tokenizer_section *section) {
    int64_t before = -1;
    for (uint32_t i = 0; i < section->head->n_merges; i++) {
        const struct tlm_image_merge *merge = section->merges + i;
        const int64_t key = (int64_t)merge->left << 16 | merge->right;
        const uint32_t n = section->head->n_tokens;
        if (merge->left >= n || merge->right >= n || merge->result >= n || key <= before) return false;
        if (merge->rank >= section->head->n_merges) return false;
        before = key;
    }
    return true;
}

bool tlm_tokenizer_is_sound(const struct tlm_image_header *header) {
    const uint32_t start = header->tokenizer_offset, size = header->tokenizer_bytes,
                   end = header->image_bytes;
    if (start % 4 != 0 || start > end || size > end - start || size < sizeof(struct tlm_image_tokenizer))
        return false;
    const struct tlm_image_tokenizer *head = (const void *)((const uint8_t *)header + start);
    if (head->n_tokens == 0 || head->n_tokens > header->vocab || head->n_merges > TLM_IMAGE_NO_TOKEN)
        return false;
    if (head->pre_tokenizer > TLM_PRE_TOKENIZER_METASPACE) return false;
    if ((uint32_t)head->special_first + head->n_specials > head->n_tokens) return false;
    const uint64_t tables = sizeof *head + 4ull * (head->n_tokens + 1ull) +
                            (uint64_t)sizeof(struct tlm_image_merge) * head->n_merges + 2ull * 256;
    if (tables + head->token_bytes != size) return false;
    const struct tlm_tokenizer_section section = tlm_tokenizer_section(header);
    for (uint32_t byte = 0; byte < 256; byte++) {
        const uint16_t id = section.byte_ids[byte];
        if (id != TLM_IMAGE_NO_TOKEN && id >= head->n_tokens) return false;
    }
    return offsets_rise(&section) && merges_are_sound(&section);
}
