// How a kernel in assembly begins, and what several do with words.
#ifndef TLM_ARMV6M_FUNCTION_H
#define TLM_ARMV6M_FUNCTION_H
// clang-format off

    .syntax unified
    .arch armv6s-m
    .thumb

.macro function name
    .section .text.\name, "ax", %progbits
    .global \name
    .type \name, %function
    .balign 4
    .thumb_func
\name:
.endm

// Saves r4-r11 and lr in nine words; pop_high restores the high ones and leaves r4-r7 and lr to be popped.
.macro push_high
    push {r4-r7, lr}
    mov r4, r8
    mov r5, r9
    mov r6, r10
    mov r7, r11
    push {r4-r7}
.endm
.macro pop_high
    pop {r4-r7}
    mov r8, r4
    mov r9, r5
    mov r10, r6
    mov r11, r7
.endm

// Where push_high has begun a function: goes to another with the same arguments; r0-r3 hold theirs.
.macro leave_to name
    pop_high
    ldr r4, =\name
    mov r12, r4
    ldr r4, [sp, #16]
    mov lr, r4
    pop {r4-r7}
    add sp, #4
    bx r12
    .ltorg
.endm

// into |= bits of a word (kernels.h), which is used up. 3 cycles.
.macro or_bits into, word, spare
    asrs \spare, \word, #31
    eors \word, \spare
    orrs \into, \word
.endm

#endif
