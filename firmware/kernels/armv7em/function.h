// How a kernel in assembly begins, and what several do with words.
// clang-format off

    .syntax unified
    .arch armv7e-m
    .thumb

.macro function name
    .section .text.\name, "ax", %progbits
    .global \name
    .type \name, %function
    .balign 16
    .thumb_func
\name:
.endm

// Ends it, behind what lies in its subsection 1, where rare cases are.
.macro end_of name
    .subsection 2
.Lend_\name:
    .previous
    .size \name, .Lend_\name - \name
.endm

// into |= bits of a word (kernels.h).
.macro or_bits into, word, spare
    eor \spare, \word, \word, asr #31
    orr \into, \into, \spare
.endm
