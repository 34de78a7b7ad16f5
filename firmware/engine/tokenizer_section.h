// Where the tables of an image's tokenizer lie. Layout: host-tools/contracts/image.ts.
#ifndef TLM_TOKENIZER_SECTION_H
#define TLM_TOKENIZER_SECTION_H

#include "gen/image.h"

struct tlm_tokenizer_section {
    const struct tlm_image_tokenizer *head;
    const uint32_t *offsets;                      // [n_tokens + 1], into text
    const struct tlm_image_merge *merges;         // [n_merges], sorted by left, then right
    const struct tlm_image_character *characters; // [n_characters], sorted by bytes
    const uint16_t *byte_ids;                     // [256], or TLM_IMAGE_NO_TOKEN
    const uint8_t *text;                          // [text_bytes]
};

static inline struct tlm_tokenizer_section tlm_tokenizer_section(const struct tlm_image_header *header) {
    struct tlm_tokenizer_section section;
    section.head = (const void *)((const uint8_t *)header + header->tokenizer_offset);
    section.offsets = (const void *)(section.head + 1);
    section.merges = (const void *)(section.offsets + section.head->n_tokens + 1);
    section.characters = (const void *)(section.merges + section.head->n_merges);
    section.byte_ids = (const void *)(section.characters + section.head->n_characters);
    section.text = (const void *)(section.byte_ids + 256);
    return section;
}

#endif
