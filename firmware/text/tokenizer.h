// Text to tokens as it arrives. Twin: host-tools/compiler/tokenizer.ts.
#ifndef TLM_TOKENIZER_H
#define TLM_TOKENIZER_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/engine.h"
#include "engine/tokenizer_section.h"

// The most tokens that one byte or the end of a text can complete: a word, and what was held back behind it.
#define TLM_ENCODER_TOKENS_MAX (TLM_IMAGE_WORD_SYMBOLS_MAX + 3)

// Receives each token as soon as its word is complete.
typedef void tlm_emit(void *context, uint16_t token);

// Holds one word at a time; a text may be of any length.
struct tlm_encoder {
    struct tlm_tokenizer_section section;
    uint32_t offset;                              // bytes pushed
    uint32_t word_offset;                         // where the word begins
    uint32_t error_offset;                        // of the word or character that was refused
    uint32_t n_bytes;                             // of word[]
    uint32_t n_symbols;                           // of symbols[] (metaspace)
    uint32_t character;                           // bytes of an unfinished character, the first highest
    uint8_t n_more;                               // bytes that it lacks
    bool follows_text;                            // the last character was no space
    uint8_t word[TLM_IMAGE_WORD_SYMBOLS_MAX + 3]; // not cut yet (ascii words)
    uint16_t symbols[TLM_IMAGE_WORD_SYMBOLS_MAX];
};

void tlm_encoder_start(struct tlm_encoder *encoder, const struct tlm_engine *engine);

// Takes one byte. On any status but ok the text is refused at error_offset, and the encoder must be started
// again. One byte may complete two words, of TLM_IMAGE_WORD_SYMBOLS_MAX tokens and one more.
enum tlm_status tlm_encoder_push(struct tlm_encoder *encoder, uint8_t byte, tlm_emit *emit, void *context);

// Ends the text: emits what is left.
enum tlm_status tlm_encoder_finish(struct tlm_encoder *encoder, tlm_emit *emit, void *context);

#endif
