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

// into |= bits of a word (kernels.h).
.macro or_bits into, word, spare
    eor \spare, \word, \word, asr #31
    orr \into, \into, \spare
.endm

// into = max(into, bits of a word).
.macro max_bits into, word, spare
    eor \spare, \word, \word, asr #31
    cmp \spare, \into
    it hi
    movhi \into, \spare
.endm
