// What the assembly of Armv7-M shares: the start of a function, and a run of words that move and are stored.
// clang-format off
#ifndef TLM_WORDS_H
#define TLM_WORDS_H

    .syntax unified
    .thumb

.macro function name
    .section .text.\name, "ax", %progbits
    .balign 16
    .global \name
    .type \name, %function
    .thumb_func
\name:
.endm

// A vector of two halves from two activations.
.macro both x, high
    add.w \x, \x, \high, lsl #16
.endm

// Moves the words by a column: 16-bit encodings, whatever the registers.
.macro move_words by, words:vararg
    .irp word, \words
    add.n \word, \by
    .endr
.endm

#endif
