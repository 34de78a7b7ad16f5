// The first word of an ASCII text by the pattern
//     's|'t|'re|'ve|'m|'ll|'d| ?[A-Za-z]+| ?[0-9]+| ?[^\sA-Za-z0-9]+|\s+(?!\S)|\s+
// Twin: asciiWords in host-tools/compiler/tokenizer.ts.
#include "ascii_words.h"

enum kind { LETTER, DIGIT, SPACE, OTHER };

static enum kind kind_of(uint8_t byte) {
    const uint8_t lower = byte | 0x20;
    if (lower >= 'a' && lower <= 'z') return LETTER;
    if (byte >= '0' && byte <= '9') return DIGIT;
    if (byte == ' ' || (byte >= '\t' && byte <= '\r')) return SPACE;
    return OTHER;
}

// First place from `from` on whose kind differs; n where there is none.
static uint32_t run_end(const uint8_t *text, uint32_t n, uint32_t from) {
    const enum kind kind = kind_of(text[from]);
    uint32_t end = from + 1;
    while (end < n && kind_of(text[end]) == kind) end++;
    return end;
}

// Length of a contraction behind an apostrophe: 2, 3, 1 for none, 0 for too early to say.
static uint32_t contraction(const uint8_t *text, uint32_t n, bool is_end) {
    if (n < 2) return is_end ? 1 : 0;
    const uint8_t second = text[1];
    if (second == 's' || second == 't' || second == 'm' || second == 'd') return 2;
    if (second != 'r' && second != 'v' && second != 'l') return 1;
    if (n < 3) return is_end ? 1 : 0;
    return text[2] == (second == 'l' ? 'l' : 'e') ? 3 : 1;
}

uint32_t tlm_ascii_word(const uint8_t *text, uint32_t n, bool is_end) {
    if (text[0] == '\'') {
        const uint32_t length = contraction(text, n, is_end);
        if (length != 1) return length;
    }
    if (text[0] == ' ' && n == 1) return is_end ? 1 : 0;
    const uint32_t start = text[0] == ' ' && kind_of(text[1]) != SPACE ? 1 : 0;
    const uint32_t end = run_end(text, n, start);
    if (end == n && !is_end) return 0;
    // White space before a word leaves its last character to the next match.
    if (kind_of(text[start]) == SPACE && end < n && end > 1) return end - 1;
    return end;
}
