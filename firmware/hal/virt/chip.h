// What the files of this folder share.
#ifndef TLM_VIRT_CHIP_H
#define TLM_VIRT_CHIP_H

#include "hal/hal.h"

// The pattern of stack that was never used.
#define TLM_STACK_PAINT 0x5AA55AA5u

// Sends one byte; for the fault handler too.
void tlm_chip_write_now(uint8_t byte);

// Behind the entry in enter.S: the rest of start-up, an interrupt, a fault with its address and cause.
void tlm_start(void);
void tlm_interrupt(void);
void tlm_fault(uint32_t address, uint32_t cause);

#endif
