// Where the tables of an image's tokenizer lie, and what its tokens write. Layout:
// host-tools/contracts/image.ts.
#ifndef TLM_TOKENIZER_SECTION_H
#define TLM_TOKENIZER_SECTION_H

#include <stdbool.h>

#include "gen/image.h"

struct tlm_tokenizer_section {
    const struct tlm_image_tokenizer *head;
    const uint32_t *offsets;                      // [n_tokens - n_made + 1], into text
    const struct tlm_image_character *characters; // [n_characters], sorted by bytes
    const struct tlm_image_merge *merges;         // [n_merges], by rank
    const uint16_t *byte_ids;                     // [256], or TLM_IMAGE_NO_TOKEN
    const uint16_t *order;                        // [n_merges], ranks sorted by left, then right
    const uint16_t *results;                      // [n_merges], by rank; NULL: they follow first_result
    const uint16_t *made;                         // [n_made], ranks sorted by result; NULL likewise
    const uint8_t *text;                          // [text_bytes]
};

static inline struct tlm_tokenizer_section tlm_tokenizer_section(const struct tlm_image_header *header) {
    struct tlm_tokenizer_section section;
    section.head = (const void *)((const uint8_t *)header + header->tokenizer_offset);
    const struct tlm_image_tokenizer *head = section.head;
    const bool follows = head->first_result != TLM_IMAGE_NO_TOKEN;
    section.offsets = (const void *)(head + 1);
    section.characters = (const void *)(section.offsets + (head->n_tokens - head->n_made) + 1);
    section.merges = (const void *)(section.characters + head->n_characters);
    section.byte_ids = (const void *)(section.merges + head->n_merges);
    section.order = section.byte_ids + 256;
    const uint16_t *rest = section.order + head->n_merges;
    section.results = follows ? NULL : rest;
    section.made = follows ? NULL : rest + head->n_merges;
    section.text = (const void *)(follows ? rest : rest + head->n_merges + head->n_made);
    return section;
}

// The token that a merge makes.
static inline uint16_t tlm_merge_result(const struct tlm_tokenizer_section *section, uint32_t rank) {
    return section->results == NULL ? (uint16_t)(section->head->first_result + rank) : section->results[rank];
}

// Left part, then right part, as one number: the order of the pairs.
static inline uint32_t tlm_merge_pair(const struct tlm_tokenizer_section *section, uint32_t rank) {
    return (uint32_t)section->merges[rank].left << 16 | section->merges[rank].right;
}

struct tlm_token_text {
    const uint8_t *bytes; // in the image, or in room
    uint32_t n_bytes;
    uint8_t room[TLM_IMAGE_MADE_BYTES_MAX];
};

// The bytes that a token writes; none for special tokens and for ids beyond the tokenizer. False, of a loaded
// image never, where a token that merges make is too long, too deep or has a part that writes nothing.
bool tlm_token_text(const struct tlm_tokenizer_section *section, uint16_t token, struct tlm_token_text *text);

#endif
