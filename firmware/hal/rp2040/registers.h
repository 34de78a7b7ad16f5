// The registers of the RP2040 that the firmware touches. RP2040 datasheet, by section; core registers:
// Armv6-M manual B3.2.
#ifndef TLM_RP2040_REGISTERS_H
#define TLM_RP2040_REGISTERS_H

#include <stdint.h>

// A test puts a model of the chip here.
#ifndef REGISTER
#define REGISTER(address) (*(volatile uint32_t *)(address))
#endif

// 2.1.2: writing beside a register sets or clears the bits that are written.
#define SET_BITS 0x2000u
#define CLEAR_BITS 0x3000u

// 2.14: subsystem resets; 2.13: power-on state machine.
#define RESETS_RESET(alias) REGISTER(0x4000C000u + (alias))
#define RESETS_DONE REGISTER(0x4000C008u)
#define RESET_IO_BANK0 (1u << 5)
#define RESET_PADS_BANK0 (1u << 8)
#define RESET_PLL_SYS (1u << 12)
#define RESET_TIMER (1u << 21)
#define RESET_UART0 (1u << 22)
#define PSM_WDSEL REGISTER(0x40010008u)
#define PSM_ALL_BUT_OSCILLATORS 0x1FFFCu

// 2.15: clocks.
#define CLK_REF_CTRL REGISTER(0x40008030u)
#define CLK_REF_SELECTED REGISTER(0x40008038u)
#define CLK_REF_XOSC 2u
#define CLK_SYS_CTRL(alias) REGISTER(0x4000803Cu + (alias))
#define CLK_SYS_SELECTED REGISTER(0x40008044u)
#define CLK_SYS_AUX 1u
#define CLK_PERI_CTRL REGISTER(0x40008048u)
#define CLK_PERI_ENABLE (1u << 11)

// 2.16: crystal oscillator; 2.18: PLL.
#define XOSC_CTRL REGISTER(0x40024000u)
#define XOSC_STATUS REGISTER(0x40024004u)
#define XOSC_STARTUP REGISTER(0x4002400Cu)
#define XOSC_ENABLE 0xFABAA0u // 1 to 15 MHz
#define XOSC_STABLE (1u << 31)
#define PLL_SYS_CS REGISTER(0x40028000u)
#define PLL_SYS_PWR(alias) REGISTER(0x40028004u + (alias))
#define PLL_SYS_FBDIV REGISTER(0x40028008u)
#define PLL_SYS_PRIM REGISTER(0x4002800Cu)
#define PLL_CS_LOCK (1u << 31)
#define PLL_PWR_PD (1u << 0)
#define PLL_PWR_POSTDIVPD (1u << 3)
#define PLL_PWR_VCOPD (1u << 5)

// 2.19: pins.
#define IO_CTRL(pin) REGISTER(0x40014004u + 8 * (pin))
#define IO_UART 2u
#define IO_SIO 5u
#define IO_NONE 31u
#define PAD(pin) REGISTER(0x4001C004u + 4 * (pin))
#define PAD_INPUT_PULLED_UP 0x5Au // input, 4 mA, pull-up, Schmitt trigger
#define PAD_AS_AFTER_RESET 0x56u  // input, 4 mA, pull-down, Schmitt trigger

// 2.3.1: single-cycle IO.
#define SIO_CPUID REGISTER(0xD0000000u)
#define SIO_GPIO_OUT REGISTER(0xD0000010u)
#define SIO_GPIO_OUT_XOR REGISTER(0xD000001Cu)
#define SIO_GPIO_OE_SET REGISTER(0xD0000024u)
#define SIO_GPIO_OE_CLR REGISTER(0xD0000028u)
#define SIO_FIFO_ST REGISTER(0xD0000050u)
#define SIO_FIFO_WR REGISTER(0xD0000054u)
#define SIO_FIFO_RD REGISTER(0xD0000058u)
#define SIO_FIFO_VALID 1u // something to read
#define SIO_FIFO_READY 2u // room to write

// 4.2: UART, a PL011.
#define UART0_DR REGISTER(0x40034000u)
#define UART0_FR REGISTER(0x40034018u)
#define UART0_IBRD REGISTER(0x40034024u)
#define UART0_FBRD REGISTER(0x40034028u)
#define UART0_LCR_H REGISTER(0x4003402Cu)
#define UART0_CR REGISTER(0x40034030u)
#define UART0_IFLS REGISTER(0x40034034u)
#define UART0_IMSC REGISTER(0x40034038u)
#define UART0_ICR REGISTER(0x40034044u)
#define UART_DR_OVERRUN (1u << 11)
#define UART_FR_BUSY (1u << 3)
#define UART_FR_RXFE (1u << 4)
#define UART_FR_TXFF (1u << 5)
#define UART_LCR_8N1_FIFO 0x70u
#define UART_CR_ON 0x301u
#define UART_INT_RX (1u << 4)
#define UART_INT_TX (1u << 5)
#define UART_INT_RX_TIMEOUT (1u << 6)

// 4.6: timer; 4.7: watchdog.
#define TIMER_TIMERAWL REGISTER(0x40054028u)
#define WATCHDOG_CTRL REGISTER(0x40058000u)
#define WATCHDOG_TICK REGISTER(0x4005802Cu)
#define WATCHDOG_TRIGGER (1u << 31)
#define WATCHDOG_TICK_ENABLE (1u << 9)

// Armv6-M B3.2 and B3.4.
#define SYST_CSR REGISTER(0xE000E010u)
#define NVIC_ISER REGISTER(0xE000E100u)
#define NVIC_ICER REGISTER(0xE000E180u)
#define NVIC_ICPR REGISTER(0xE000E280u)
#define SCB_VTOR REGISTER(0xE000ED08u)

#endif
