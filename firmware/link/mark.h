// Frames each step of the model: the emulator counts between these two addresses, an instrument between pin
// edges.
#ifndef TLM_MARK_H
#define TLM_MARK_H

#include <stdbool.h>
#include <stdint.h>

// Called just before and just after tlm_engine_step. Never inlined: their addresses are in the information
// block.
void tlm_mark_token_in(void);
void tlm_mark_logits_ready(void);

// The window is open from the first to the last step; phase is 0 for prefill, 1 for decode.
void tlm_mark_window(bool open, bool decode);

#endif
