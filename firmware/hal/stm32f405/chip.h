// What the files of this folder share.
#ifndef TLM_STM32F405_CHIP_H
#define TLM_STM32F405_CHIP_H

#include "hal/hal.h"

enum { USART1_INTERRUPT = 37 };

// The pattern of stack that was never used.
#define TLM_STACK_PAINT 0x5AA55AA5u

// Clocks of the chip after set-up.
struct tlm_clocks {
    uint32_t core_hz;
    uint32_t uart_hz;    // of USART1
    uint32_t counter_hz; // of TIM2
};

// Sets up 168 MHz, or says what it could reach.
struct tlm_clocks tlm_chip_clocks(void);

// Sends one byte without the queue; for the fault handler.
void tlm_chip_write_now(uint8_t byte);

// Makes the next start-up enter the boot loader in ROM.
void tlm_chip_request_bootloader(void);

void tlm_usart1_interrupt(void);

#endif
