// The device as a whole: console, framed link and one generation, advanced step by step.
#ifndef TLM_DEVICE_H
#define TLM_DEVICE_H

#include <stdbool.h>

// Loads the image and greets; everything starts anew.
void tlm_device_init(void);

// Takes what has arrived and advances a running generation by at most one token; whether nothing is left to
// do.
bool tlm_device_poll(void);

#endif
