// The tables of pairs of t2 and t5: words of the first two columns, and the steps that move them.
//
// Nine words, of the digits of the first two columns from -1 upward, stand in r4-r12, and x2 and x3 - 2 x2 in
// r1 and r2: they walk over the other columns by additions alone, since the step back of one column and that
// of the next are one constant.
// clang-format off
#ifndef TLM_TABLE_PAIR_H
#define TLM_TABLE_PAIR_H

#include "words.h"

    .equ TABLE_BYTES, 1024 // Twin: tableEntries in host-tools/contracts/image.ts, of 4 bytes.

    // Locals, from sp.
    .equ X0, 0
    .equ X1, 4
    .equ END, 8
    .equ STEP, 12
    .equ LOCALS, 16

// The function, and its other entry with the bytes between the groups of a vector in r12.
.macro start packing, columns
    mov r12, #\columns
    .global table_pair_s8_\packing\()_by
    .type table_pair_s8_\packing\()_by, %function
    .thumb_func
table_pair_s8_\packing\()_by:
    push {r4-r11, lr}
    sub sp, #LOCALS
    strd r1, r2, [sp, #X0]
    add r3, r0, r3, lsl #10
    strd r3, r12, [sp, #END]
.endm

// Steps the vectors' pointers in r2 and r1 and keeps them; r0 is the table, lr is free.
.macro step_vectors
    ldr lr, [sp, #STEP]
    add r2, lr
    add r1, lr
    strd r2, r1, [sp, #X0]
.endm

// The words of -1 in all columns; needs the sum of the other columns' vectors subtracted from the biases in r4, the
// vector of the first column in lr and that of the second in r12.
.macro first_words
    add r5, r4, lr
    add r6, r5, lr
    add r7, r4, r12
    add r8, r5, r12
    add r9, r6, r12
    add r10, r7, r12
    add r11, r8, r12
    add r12, r9
.endm

.macro move_nine by
    move_words \by, r4, r5, r6, r7, r8, r9, r10, r11, r12
.endm

#endif
