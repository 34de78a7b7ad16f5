// The framed link: requests of a host, answered one at a time.
#ifndef TLM_FRAMED_H
#define TLM_FRAMED_H

#include "engine/engine.h"
#include "link/frame.h"

#include <stdbool.h>

void tlm_framed_init(struct tlm_engine *engine, enum tlm_status image_status);

bool tlm_framed_is_open(void);

// Answers a complete frame. While the link is closed, only hello is heard.
void tlm_framed_answer(const struct tlm_frame_decoder *frame);

// Acknowledges a piece of prompt that is used up by now.
void tlm_framed_advance(void);

// Falls back to the console; a generation of the link ends.
void tlm_framed_close(void);

// Device time of the last event that was sent.
uint32_t tlm_framed_spoke_us(void);

#endif
