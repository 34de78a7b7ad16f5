// The commands that a person types.
#ifndef TLM_COMMANDS_H
#define TLM_COMMANDS_H

#include "engine/engine.h"

#include <stdbool.h>
#include <stdint.h>

void tlm_commands_init(struct tlm_engine *engine, enum tlm_status image_status);

// Two lines that say who answers.
void tlm_commands_greet(void);

// Whether typed characters are shown.
bool tlm_commands_echo(void);

// Carries out one line, which stays in place; true when a generation runs now and shows the prompt at its
// end.
bool tlm_commands_run(const uint8_t *line, uint32_t n_bytes);

#endif
