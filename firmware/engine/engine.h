// The integer forward pass over an image: one token in, the logits of the next out. No I/O, no allocation, no
// chip.
#ifndef TLM_ENGINE_H
#define TLM_ENGINE_H

#include <stdbool.h>
#include <stdint.h>

#include "fixed.h"
#include "gen/image.h"
#include "gen/status.h"

// Told after each layer of a token; the checksum covers the layer's state, then the residual stream.
typedef void tlm_trace(void *context, uint32_t layer, uint32_t checksum);

// Tokens that one step reads at most: a prompt goes in by pairs.
enum { TLM_ENGINE_TOKENS_MAX = 2 };

// What the engine computes in: pointers into the arena, in its order.
struct tlm_workspace {
    int32_t *state;  // [n_layers][inner], Q16
    int32_t *stream; // [2][hidden], the residual stream, Q16
    int32_t *normed; // [widest], of a BitLinear
    int32_t *sums;   // [2][widest, 3 * inner or 2 * intermediate, times digits, rounded up to 4], of a matrix
    int8_t *q;       // [2][widest + 8]
    void *directory; // a copy of the image's, or NULL where there is no room left
    int32_t *logits; // [vocab, rounded up to 4], times digits where the head has no blocks
    uint16_t *table; // [groups of the longest chunk, rounded up to an even number][256]
    uint8_t *copies; // the bytes of the image that lie in RAM
    // The tables of a pair begin where logits do, and may reach over the first of the copies.
    uint32_t table_groups; // of a pair
    uint32_t lent_bytes;   // of the copies, to a pair
    uint32_t sums_room;    // integers of sums[]
    bool has_head_blocks;  // whether digits of the head are added up in sums, block of rows by block
};

struct tlm_engine {
    const struct tlm_image_header *header; // of the image; NULL when none is loaded
    const struct tlm_image_entry *entries; // of the image, or their copy in RAM
    const uint8_t *image;
    struct tlm_workspace work;
    uint32_t stream_bits[TLM_ENGINE_TOKENS_MAX]; // bits of the residual stream (kernels.h)
    struct tlm_scale logit_scale;                // value of one unit of logits[]
    uint32_t arena_used;                         // bytes
    uint32_t lent_bytes;                         // of the copies: of those, facts and work know nothing
    const int32_t *logits;                       // [vocab]
    tlm_trace *trace;                            // or NULL; pairs of tokens are not traced
    void *trace_context;
    struct tlm_image_header facts; // the header in RAM: weights push the image's own out of the flash's cache
};

// Checks an image once and completely, and plans the arena (aligned to 8 bytes); what is left of that has the
// directory where it fits. On any status but ok the engine is left empty: header is NULL. The image is read
// in place and must stay; it starts on a word.
enum tlm_status tlm_engine_load(struct tlm_engine *engine, const uint8_t *image, uint32_t image_bytes_max,
                                uint8_t *arena, uint32_t arena_bytes);

// Forgets everything read so far.
void tlm_engine_reset(struct tlm_engine *engine);

// Reads one token (below vocab). With want_logits, logits[] and logit_scale are those of the next token.
void tlm_engine_step(struct tlm_engine *engine, uint16_t token, bool want_logits);

// Reads two tokens, which costs less than one after the other; the logits are those behind the second.
void tlm_engine_step_pair(struct tlm_engine *engine, const uint16_t tokens[2], bool want_logits);

// The bytes of a tensor, by its offset in the image: where it is read in place, or its copy.
static inline const void *tlm_engine_data(const struct tlm_engine *engine, uint32_t offset) {
    const uint32_t inside = offset - engine->facts.copied_offset;
    return inside < engine->facts.copied_bytes ? engine->work.copies + inside : engine->image + offset;
}

// From now on the tables of pairs may have so many bytes of the first copies; 0 makes these copies anew. What
// begins there is read in place meanwhile.
void tlm_engine_lend(struct tlm_engine *engine, uint32_t n_bytes);

// Bytes of the scales before the rows of e8, e16, r2 and r5.
static inline uint32_t tlm_row_scale_bytes(uint32_t n_rows) { return (n_rows + 1) / 2 * 4; }

// Bytes of the arena that an image needs, and `left` bytes more where those are given, which a copy of the
// directory and the tables of pairs may take. Twin: ramPlan() in host-tools/compiler/ram-plan.ts.
uint32_t tlm_engine_plan(const struct tlm_image_header *header, const struct tlm_image_entry *entries,
                         uint8_t *arena, uint32_t left, struct tlm_workspace *work);

#endif
