// Frames each step of the model for those who count and measure.
#include "link/mark.h"
#include "hal/hal.h"

static uint32_t level;

__attribute__((noinline)) void tlm_mark_token_in(void) { tlm_hal_marker(level); }

// The token pin toggles: an edge survives slow sampling where a pulse does not.
__attribute__((noinline)) void tlm_mark_logits_ready(void) {
    level ^= TLM_MARKER_TOKEN;
    tlm_hal_marker(level);
}

void tlm_mark_window(bool open, bool decode) {
    level =
        (level & TLM_MARKER_TOKEN) | (open ? TLM_MARKER_WINDOW : 0) | (open && decode ? TLM_MARKER_PHASE : 0);
    tlm_hal_marker(level);
}
