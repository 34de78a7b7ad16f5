// What a token writes: its own text, or that of the parts of the merge that makes it. Twin: spell() in
// host-tools/compiler/read-tokenizer.ts.
#include "tokenizer_section.h"

// The merge that makes a token, or else its place among the tokens with a text of their own.
struct origin {
    bool is_made;
    uint32_t place;
};

static struct origin origin_of(const struct tlm_tokenizer_section *section, uint32_t token) {
    const uint32_t n_made = section->head->n_made, first = section->head->first_result;
    if (section->made == NULL) {
        if (token < first) return (struct origin){false, token};
        if (token - first < n_made) return (struct origin){true, token - first};
        return (struct origin){false, token - n_made};
    }
    uint32_t low = 0, high = n_made;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2, rank = section->made[middle];
        const uint16_t here = section->results[rank];
        if (here == token) return (struct origin){true, rank};
        if (here < token)
            low = middle + 1;
        else
            high = middle;
    }
    return (struct origin){false, token - low}; // `low` tokens that merges make are before it
}

bool tlm_token_text(const struct tlm_tokenizer_section *section, uint16_t token,
                    struct tlm_token_text *text) {
    uint16_t waiting[TLM_IMAGE_MADE_WAITS_MAX];
    uint32_t n_waiting = 0;
    bool is_whole = true;
    text->bytes = text->room;
    text->n_bytes = 0;
    if (token >= section->head->n_tokens) return true;
    for (;;) {
        const struct origin origin = origin_of(section, token);
        if (origin.is_made) {
            if (n_waiting == TLM_IMAGE_MADE_WAITS_MAX) return false;
            waiting[n_waiting++] = section->merges[origin.place].right;
            token = section->merges[origin.place].left;
            is_whole = false;
            continue;
        }
        const uint32_t *offset = section->offsets + origin.place, n_bytes = offset[1] - offset[0];
        if (is_whole) {
            text->bytes = section->text + offset[0];
            text->n_bytes = n_bytes;
            return true;
        }
        if (n_bytes == 0 || n_bytes > TLM_IMAGE_MADE_BYTES_MAX - text->n_bytes) return false;
        for (uint32_t i = 0; i < n_bytes; i++) text->room[text->n_bytes++] = section->text[offset[0] + i];
        if (n_waiting == 0) return true;
        token = waiting[--n_waiting];
    }
}
