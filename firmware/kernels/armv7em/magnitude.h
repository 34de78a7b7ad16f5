// What several kernels do with vectors of words: magnitudes, and a shift of all of them in place.
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

// into |= |word|; the magnitude of -2^k has one bit more than that of 1 - 2^k, so that no one's complement will do.
.macro or_magnitude into, word, spare
    eor \spare, \word, \word, asr #31
    sub \spare, \spare, \word, asr #31
    orr \into, \into, \spare
.endm

// into = max(into, |word|).
.macro max_magnitude into, word, spare
    eor \spare, \word, \word, asr #31
    sub \spare, \spare, \word, asr #31
    cmp \spare, \into
    it hi
    movhi \into, \spare
.endm

// r1[lr words] << r2 to r0, eight at a time; changes r0, r1, r3-r10, r12, lr.
.macro shift_words
    subs lr, #8
    blo 2f
1:  ldm r1!, {r3-r10}
    .irp word, r3, r4, r5, r6, r7, r8, r9, r10
    lsl \word, \word, r2
    .endr
    stm r0!, {r3-r10}
    subs lr, #8
    bhs 1b
2:  adds lr, #8
    beq 4f
3:  ldr r3, [r1], #4
    lsl r3, r3, r2
    str r3, [r0], #4
    subs lr, #1
    bne 3b
4:
.endm

// Writes the products of n words and 16-bit weights, four a turn; the file's macro `product` makes one of a word and a weight in the upper
// half. Moves the pointers on, leaves n at 0, uses r4-r10, r12 and lr.
.macro products out, in, weights, n
    movw lr, #0xffff
    subs \n, #4
    blo 2f
1:  ldr r8, [\weights]
    ldr r9, [\weights, #4]
    adds \weights, #8
    ldm \in!, {r4-r7}
    lsl r10, r8, #16
    product r4, r10
    bic r8, r8, lr
    product r5, r8
    lsl r10, r9, #16
    product r6, r10
    bic r9, r9, lr
    product r7, r9
    stm \out!, {r4-r7}
    subs \n, #4
    bhs 1b
2:  adds \n, #4
    beq 4f
3:  ldrsh r8, [\weights], #2
    ldr r4, [\in], #4
    lsl r8, r8, #16
    product r4, r8
    str r4, [\out], #4
    subs \n, #1
    bne 3b
4:
.endm
