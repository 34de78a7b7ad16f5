// Merges the symbols of one word.
#ifndef TLM_MERGE_H
#define TLM_MERGE_H

#include "engine/tokenizer_section.h"

// Applies the pair of lowest rank, the leftmost of equals, until no pair has one. Returns how many symbols
// are left.
uint32_t tlm_merge_word(const struct tlm_tokenizer_section *section, uint16_t *symbols, uint32_t n);

#endif
