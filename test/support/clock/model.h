// Puts a model of the clock's registers in the place of the chip's. Given to the compiler ahead of every
// file.
#ifndef CLOCK_MODEL_H
#define CLOCK_MODEL_H

#include <stdint.h>

// A register by its address; before it is handed out, what was written so far takes effect.
volatile uint32_t *model_register(uint32_t address);

#define REGISTER(address) (*model_register(address))

#endif
