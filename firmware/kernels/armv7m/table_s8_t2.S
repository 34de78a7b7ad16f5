// table_s8_t2: the tables of groups of 4 activations, two entries a word.
//
// Of the 128 words of a table the 54 whose codes have no pair 10 are written: one ADD from another and one STR with an
// immediate offset, 2 cycles for two entries. Six words, of the digits of the first two columns, walk over those of
// the last two from -1 upward, by additions alone: the step back of one column and that of the next are one constant.
//
// Cost of a call on a Cortex-M4 at zero wait states: 129 n_groups + 30 cycles.
//
// Left, by count: the digits in the order of their codes, since SUB by a high register takes 32 bits.
#include "words.h"

    .equ TABLE_BYTES, 512 // Twin: tableEntries in host-tools/contracts/image.ts, of 2 bytes.
    .equ BIAS, 512

// Words of the first column at 0 and 1, then at no code and -1; second column at -1, 0, 1: their codes are 3, 0, 1.
.macro store_words at
    str r4, [r0, #\at + 24]
    str r5, [r0, #\at + 28]
    str r6, [r0, #\at]
    str r7, [r0, #\at + 4]
    str r8, [r0, #\at + 8]
    str r9, [r0, #\at + 12]
.endm
.macro next_words by, at
    move_words \by, r4, r5, r6, r7, r8, r9
    store_words \at
.endm

    function table_s8_t2
// void table_s8_t2(uint16_t *table, const int8_t *x, size_t n_groups)
    push {r4-r11, lr}
    add r2, r0, r2, lsl #9
    // r0 table, r1 x, r2 end; x2 in r3, x3 - 2 x2 in r10, both in both halves; words in r4-r9.
1:  ldrsb r8, [r1, #1]
    ldrsb r3, [r1, #2]
    ldrsb r10, [r1, #3]
    ldrsb r5, [r1]
    adds r1, #4
    both r3, r3
    both r10, r10
    both r8, r8
    mov r4, #BIAS
    both r4, r4
    subs r4, r3
    sub r4, r10
    sub r6, r4, r5, lsl #16 // second column at 0
    add r4, r4, r5, lsl #16
    sub r10, r10, r3, lsl #1
    mov r7, r6
    mov r6, r4
    sub r4, r6, r8
    sub r5, r7, r8
    add r9, r7, r8
    add r8, r6
    store_words 96 + 384
    next_words r3, 384
    next_words r3, 32 + 384
    next_words r10, 96
    next_words r3, 0
    next_words r3, 32
    next_words r10, 96 + 128
    next_words r3, 128
    next_words r3, 32 + 128
    add r0, #TABLE_BYTES
    cmp r0, r2
    bne 1b
    pop {r4-r11, pc}
    .size table_s8_t2, . - table_s8_t2
