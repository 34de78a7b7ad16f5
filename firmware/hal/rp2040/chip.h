// What the files of this folder share.
#ifndef TLM_RP2040_CHIP_H
#define TLM_RP2040_CHIP_H

#include "hal/hal.h"

enum { UART0_INTERRUPT = 20 };

// The pattern of stack that was never used.
#define TLM_STACK_PAINT 0x5AA55AA5u

// Runs both cores from the crystal and the PLL; the clock of cores and UART in Hz, as far as it is known.
uint32_t tlm_chip_clock(void);

// Takes core 1 out of the boot ROM. Without it, or where it does not answer, all work is core 0's.
void tlm_chip_start_core1(void);

// Sends one byte without the queue; for the fault handler.
void tlm_chip_write_now(uint8_t byte);

// Restarts the chip through the watchdog.
_Noreturn void tlm_chip_reset(void);

void tlm_uart0_interrupt(void);

#endif
