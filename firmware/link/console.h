// The console for people: a prompt, a line that can be edited, commands.
#ifndef TLM_CONSOLE_H
#define TLM_CONSOLE_H

#include "engine/engine.h"

#include <stdbool.h>
#include <stdint.h>

// Greets and shows the prompt.
void tlm_console_init(struct tlm_engine *engine, enum tlm_status image_status);

// Takes one typed byte; a complete line is carried out.
void tlm_console_take(uint8_t byte);

// The framed link takes the line; typed bytes are forgotten.
void tlm_console_leave(void);

// Shows the prompt again.
void tlm_console_resume(void);

// Says that bytes were lost, and clears the line.
void tlm_console_overrun(void);

#endif
