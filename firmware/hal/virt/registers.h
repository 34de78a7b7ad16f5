// The registers of the virt machine that the firmware touches. QEMU hw/riscv/virt.c; RISC-V privileged
// specification 20211203; PLIC specification 1.0.0; ns16550: National Semiconductor PC16550D.
#ifndef TLM_VIRT_REGISTERS_H
#define TLM_VIRT_REGISTERS_H

#include <stdint.h>

#define REGISTER(address) (*(volatile uint32_t *)(address))
#define REGISTER_BYTE(address) (*(volatile uint8_t *)(address))

// The machine's switch: restarts it, or ends the emulator.
#define TEST_DEVICE REGISTER(0x00100000)
#define TEST_DEVICE_RESET 0x7777u

// CLINT: time since start in ticks of 10 MHz, 64 bits.
#define MTIME_LOW REGISTER(0x0200BFF8)
#define MTIME_HIGH REGISTER(0x0200BFFC)
// Where core 0's timer interrupt is due, on the same clock.
#define MTIMECMP_LOW REGISTER(0x02004000)
#define MTIMECMP_HIGH REGISTER(0x02004004)

// Interrupts from outside, as core 0 sees them in machine mode.
#define PLIC_PRIORITY(source) REGISTER(0x0C000000 + 4 * (source))
#define PLIC_ENABLE REGISTER(0x0C002000)
#define PLIC_THRESHOLD REGISTER(0x0C200000)
#define PLIC_CLAIM REGISTER(0x0C200004)
#define UART_INTERRUPT 10u

#define UART_DATA REGISTER_BYTE(0x10000000)
#define UART_IER REGISTER_BYTE(0x10000001)
#define UART_FCR REGISTER_BYTE(0x10000002)
#define UART_LCR REGISTER_BYTE(0x10000003)
#define UART_LSR REGISTER_BYTE(0x10000005)
#define UART_IER_RECEIVED 1u
#define UART_FCR_CLEARED 7u // both queues on and empty; an interrupt for each byte
#define UART_LCR_DIVISOR 0x80u
#define UART_LCR_8N1 3u
#define UART_LSR_RECEIVED 1u
#define UART_LSR_OVERRUN 2u
#define UART_LSR_CAN_SEND 0x20u
#define UART_LSR_ALL_SENT 0x40u
#define UART_CLOCK_HZ 3686400u

#define MSTATUS_MIE 8
#define MIE_EXTERNAL (1u << 11)

#endif
