// Division of 32 bits by the divider beside each core, in place of the compiler's loop. RP2040 datasheet
// 2.3.1.5: the quotient is there 8 cycles after the later operand; run-time ABI for the Arm architecture 4.3.1.
//
// A call takes 21 cycles, the loop of the library some 50 to 300. No interrupt handler divides, so none finds
// the divider in use. Division by zero gives what the divider gives; nobody relies on it.
    .syntax unified
    .cpu cortex-m0plus
    .thumb

    .equ SIO, 0xD0000000
    .equ UDIVIDEND, 0x60
    .equ UDIVISOR, 0x64
    .equ SDIVIDEND, 0x68
    .equ SDIVISOR, 0x6C
    .equ QUOTIENT, 0x70
    .equ REMAINDER, 0x74

    // r0 / r1: the quotient in r0, the remainder in r1. Changes r2.
    .macro divide name, also, dividend, divisor
    .section .text.\name, "ax", %progbits
    .balign 4
    .global \name, \also
    .type \name, %function
    .type \also, %function
    .thumb_func
\name:
    .thumb_func
\also:
    movs r2, #SIO >> 24
    lsls r2, r2, #24
    str r0, [r2, #\dividend]
    str r1, [r2, #\divisor]
    b 1f
1:  b 2f
2:  b 3f
3:  b 4f
4:  ldr r1, [r2, #REMAINDER]
    ldr r0, [r2, #QUOTIENT]
    bx lr
    .size \name, . - \name
    .endm

    divide __aeabi_uidiv, __aeabi_uidivmod, UDIVIDEND, UDIVISOR
    divide __aeabi_idiv, __aeabi_idivmod, SDIVIDEND, SDIVISOR
