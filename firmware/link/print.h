// Text for people on the console.
#ifndef TLM_PRINT_H
#define TLM_PRINT_H

#include "gen/status.h"

#include <stdint.h>

void tlm_print(const char *text);

// Bytes as they are, but with a carriage return before each line feed.
void tlm_print_bytes(const uint8_t *bytes, uint32_t n_bytes);

void tlm_print_number(uint32_t number);

// Eight hexadecimal digits.
void tlm_print_word(uint32_t word);

// Thousandths as a decimal fraction: 800 is 0.8.
void tlm_print_milli(uint32_t milli);

// The words for a status.
void tlm_print_status(enum tlm_status status);

#endif
