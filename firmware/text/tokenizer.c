// The tokenizer of the device: cuts words from a stream of bytes, turns them into symbols and merges those.
#include "tokenizer.h"

#include "ascii_words.h"
#include "merge.h"

void tlm_encoder_start(struct tlm_encoder *encoder, const struct tlm_engine *engine) {
    encoder->section = tlm_tokenizer_section(engine->header);
    encoder->offset = 0;
    encoder->word_offset = 0;
    encoder->error_offset = 0;
    encoder->n_bytes = 0;
    encoder->n_symbols = 0;
    encoder->n_more = 0;
    encoder->follows_text = false;
}

static enum tlm_status refuse(struct tlm_encoder *encoder, enum tlm_status status, uint32_t offset) {
    encoder->error_offset = offset;
    return status;
}

static void emit_word(struct tlm_encoder *encoder, uint32_t n_symbols, tlm_emit *emit, void *context) {
    const uint32_t n = tlm_merge_word(&encoder->section, encoder->symbols, n_symbols);
    for (uint32_t i = 0; i < n; i++) emit(context, encoder->symbols[i]);
}

// Emits the words that are complete.
static enum tlm_status cut_ascii(struct tlm_encoder *encoder, bool is_end, tlm_emit *emit, void *context) {
    while (encoder->n_bytes > 0) {
        const uint32_t length = tlm_ascii_word(encoder->word, encoder->n_bytes, is_end);
        if (length == 0) break;
        if (length > TLM_IMAGE_WORD_SYMBOLS_MAX)
            return refuse(encoder, TLM_STATUS_WORD_TOO_LONG, encoder->word_offset);
        for (uint32_t i = 0; i < length; i++)
            encoder->symbols[i] = encoder->section.byte_ids[encoder->word[i]];
        emit_word(encoder, length, emit, context);
        encoder->n_bytes -= length;
        encoder->word_offset += length;
        for (uint32_t i = 0; i < encoder->n_bytes; i++) encoder->word[i] = encoder->word[i + length];
    }
    return TLM_STATUS_OK;
}

static enum tlm_status push_ascii(struct tlm_encoder *encoder, uint8_t byte, tlm_emit *emit, void *context) {
    if (encoder->section.byte_ids[byte] == TLM_IMAGE_NO_TOKEN)
        return refuse(encoder, TLM_STATUS_UNENCODABLE, encoder->offset - 1);
    if (encoder->n_bytes == sizeof encoder->word)
        return refuse(encoder, TLM_STATUS_WORD_TOO_LONG, encoder->word_offset);
    encoder->word[encoder->n_bytes++] = byte;
    return cut_ascii(encoder, false, emit, context);
}

static enum tlm_status add_symbol(struct tlm_encoder *encoder, uint16_t symbol, uint32_t offset) {
    if (symbol == TLM_IMAGE_NO_TOKEN) return refuse(encoder, TLM_STATUS_UNENCODABLE, offset);
    if (encoder->n_symbols == TLM_IMAGE_WORD_SYMBOLS_MAX)
        return refuse(encoder, TLM_STATUS_WORD_TOO_LONG, encoder->word_offset);
    encoder->symbols[encoder->n_symbols++] = symbol;
    return TLM_STATUS_OK;
}

// The symbol of a character of two bytes or more, or TLM_IMAGE_NO_TOKEN.
static uint16_t find_character(const struct tlm_tokenizer_section *section, uint32_t bytes) {
    uint32_t low = 0, high = section->head->n_characters;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (section->characters[middle].bytes == bytes) return section->characters[middle].id;
        if (section->characters[middle].bytes < bytes)
            low = middle + 1;
        else
            high = middle;
    }
    return TLM_IMAGE_NO_TOKEN;
}

// Adds the symbols of a character: its own, or those of its bytes.
static enum tlm_status add_character(struct tlm_encoder *encoder, uint32_t bytes, uint32_t offset) {
    const struct tlm_tokenizer_section *section = &encoder->section;
    const uint16_t whole = bytes < 0x100 ? section->byte_ids[bytes] : find_character(section, bytes);
    if (whole != TLM_IMAGE_NO_TOKEN || bytes < 0x100) return add_symbol(encoder, whole, offset);
    enum tlm_status status = TLM_STATUS_OK;
    for (uint32_t bits = bytes > 0xffffffu ? 32
                         : bytes > 0xffffu ? 24
                                           : 16;
         bits > 0 && status == TLM_STATUS_OK; bits -= 8)
        status = add_symbol(encoder, section->byte_ids[bytes >> (bits - 8) & 0xff], offset);
    return status;
}

// Takes a whole character. A word is a run of spaces and what follows up to the next space.
static enum tlm_status push_character(struct tlm_encoder *encoder, uint32_t bytes, uint32_t offset,
                                      tlm_emit *emit, void *context) {
    const bool is_space = bytes == ' ';
    const uint16_t prefix = encoder->section.head->prefix;
    if (offset == 0 &&
        (prefix == TLM_TEXT_PREFIX_ALWAYS || (prefix == TLM_TEXT_PREFIX_UNLESS_SPACE && !is_space))) {
        const enum tlm_status status = add_character(encoder, ' ', 0);
        if (status != TLM_STATUS_OK) return status;
    }
    if (is_space && encoder->follows_text) {
        emit_word(encoder, encoder->n_symbols, emit, context);
        encoder->n_symbols = 0;
        encoder->word_offset = offset;
    }
    encoder->follows_text = !is_space;
    return add_character(encoder, bytes, offset);
}

// Whether a byte may be the second of a character that begins so: no overlong form, no surrogate, nothing
// past U+10FFFF.
static bool may_follow(uint8_t first, uint8_t second) {
    const uint8_t low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    const uint8_t high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    return second >= low && second <= high;
}

static enum tlm_status push_utf8(struct tlm_encoder *encoder, uint8_t byte, tlm_emit *emit, void *context) {
    const uint32_t at = encoder->offset - 1;
    if (encoder->n_more == 0) {
        if (byte < 0x80) return push_character(encoder, byte, at, emit, context);
        if (byte < 0xc2 || byte > 0xf4) return refuse(encoder, TLM_STATUS_BAD_UTF8, at);
        encoder->n_more = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
        encoder->character = byte;
        return TLM_STATUS_OK;
    }
    const uint32_t so_far = encoder->character;
    const uint32_t begin = at - (so_far > 0xffffu ? 3 : so_far > 0xffu ? 2 : 1);
    const bool fits = so_far < 0x100 ? may_follow((uint8_t)so_far, byte) : (byte & 0xc0) == 0x80;
    if (!fits) return refuse(encoder, TLM_STATUS_BAD_UTF8, begin);
    encoder->character = so_far << 8 | byte;
    if (--encoder->n_more > 0) return TLM_STATUS_OK;
    return push_character(encoder, encoder->character, begin, emit, context);
}

enum tlm_status tlm_encoder_push(struct tlm_encoder *encoder, uint8_t byte, tlm_emit *emit, void *context) {
    encoder->offset++;
    if (encoder->section.head->pre_tokenizer == TLM_PRE_TOKENIZER_ASCII_WORDS)
        return push_ascii(encoder, byte, emit, context);
    return push_utf8(encoder, byte, emit, context);
}

enum tlm_status tlm_encoder_finish(struct tlm_encoder *encoder, tlm_emit *emit, void *context) {
    if (encoder->section.head->pre_tokenizer == TLM_PRE_TOKENIZER_ASCII_WORDS)
        return cut_ascii(encoder, true, emit, context);
    if (encoder->n_more > 0) {
        const uint32_t bytes = encoder->character > 0xffffu ? 3 : encoder->character > 0xffu ? 2 : 1;
        return refuse(encoder, TLM_STATUS_BAD_UTF8, encoder->offset - bytes);
    }
    emit_word(encoder, encoder->n_symbols, emit, context);
    encoder->n_symbols = 0;
    return TLM_STATUS_OK;
}
