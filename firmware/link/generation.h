// One generation: a prompt that arrives in pieces, then tokens until an end. Console and framed link both
// start it.
#ifndef TLM_GENERATION_H
#define TLM_GENERATION_H

#include "engine/engine.h"
#include "gen/link.h"
#include "gen/status.h"

#include <stdbool.h>
#include <stdint.h>

// One step of the model, as it is reported.
struct tlm_step {
    struct tlm_link_token token;
    const uint8_t *text; // of the output
    uint32_t text_bytes;
};

// Who hears of it.
struct tlm_listener {
    void (*step)(const struct tlm_step *step);
    void (*checksum)(const struct tlm_link_checksum *checksum);
    void (*done)(const struct tlm_link_done *done);
};

// Starts one; the prompt follows. Refused with a status while the image is bad or an option outside its
// range.
enum tlm_status tlm_generation_start(struct tlm_engine *engine, const struct tlm_link_generate *options,
                                     const struct tlm_listener *listener);

// Whether pieces of a prompt are wanted.
bool tlm_generation_reads(void);

// Hands over a piece of the prompt; it must stay in place until tlm_generation_fed.
void tlm_generation_feed_bytes(const uint8_t *bytes, uint32_t n_bytes);

// The same as token ids, 16 bits each, little-endian.
void tlm_generation_feed_tokens(const uint8_t *bytes, uint32_t n_bytes);

// Whether the last piece is used up.
bool tlm_generation_fed(void);

// The prompt is complete.
void tlm_generation_end_prompt(void);

bool tlm_generation_runs(void);

// Reads on or takes one step; whether there was anything to do.
bool tlm_generation_advance(void);

// Ends it between tokens; nothing when none runs.
void tlm_generation_stop(void);

// Forgets everything, without a word to anybody.
void tlm_generation_forget(void);

#endif
