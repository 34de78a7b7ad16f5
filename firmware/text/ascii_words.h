// Cuts ASCII text into words as the pre-tokenizer does.
#ifndef TLM_ASCII_WORDS_H
#define TLM_ASCII_WORDS_H

#include <stdbool.h>
#include <stdint.h>

// Length of the first word of text[n], n >= 1; 0 where that depends on bytes that have not arrived (never at
// the end).
uint32_t tlm_ascii_word(const uint8_t *text, uint32_t n, bool is_end);

#endif
