// table_s8_t5: the tables of groups of 5 activations, two entries a word.
//
// A word of the table is one ADD from another and one STR with an immediate offset: 2 cycles for two entries. Seven
// words at a time stand in registers; they walk over the nine trits of the last two columns by additions alone, since
// the step back of one column and that of the next are one constant. The first half's words turn into the second's.
//
// Cost of a call on a Cortex-M4 at zero wait states: 305 n_groups + 32 cycles; 119 of the 126 words of a group cost 2.
//
// Lost: STM, a cycle for each register and one more (396 cycles a group with PKHBT, which ORR of a shifted word
// replaces where the other half is zero). Left, by count: both halves in a straight line, which wins 10 cycles a group
// and takes 330 bytes; 14 words at a time, which are more than there are registers for.
#include "words.h"

    .equ TABLE_BYTES, 512 // Twin: tableEntries in host-tools/contracts/image.ts, of 2 bytes.
    .equ BIAS, 640
    .equ SECOND, 28 // bytes from the first half of the words of zero trits to the second

    // Locals, from sp.
    .equ X, 0
    .equ END, 4
    .equ LOCALS, 8

.macro store_words at
    .set offset, \at
    .irp word, r4, r5, r6, r7, r8, r9, r10
    str \word, [r0, #offset]
    .set offset, offset + 4
    .endr
.endm
.macro next_words by, at
    move_words \by, r4, r5, r6, r7, r8, r9, r10
    store_words \at
.endm

    function table_s8_t5
// void table_s8_t5(uint16_t *table, const int8_t *x, size_t n_groups)
    push {r4-r11, lr}
    sub sp, #LOCALS
    add r2, r0, r2, lsl #9
    str r2, [sp, #END]
    // r0 table, r1 x; words in r4-r10; in both halves x3 in r1, x4 - 2 x3 in r2, and from the last words of the first
    // half to the first of the second x2 - 2 x3 - 2 x4 in r3, 2 x2 - 2 x3 - 2 x4 in r11. s(k) is the entry of code
    // k, k < 9.
1:
    ldrsb r12, [r1, #3]
    ldrsb r11, [r1, #2]
    ldrsb r2, [r1, #4]
    ldrsb r3, [r1, #1]
    ldrsb r4, [r1]
    adds r1, #5
    str r1, [sp, #X]
    add r1, r12, r12, lsl #16
    add r12, r4, r4, lsl #16
    both r11, r11
    both r2, r2
    both r3, r3
    mov r5, #BIAS
    both r5, r5
    sub r5, r12
    subs r5, r3
    sub r5, r11
    subs r5, r1
    subs r5, r2
    add r4, r5, r4, lsl #16 // s0 s1
    add r9, r4, r12 // s1 s2
    add r10, r4, r3 // s3 s4
    add r6, r9, r3 // s4 s5
    add r7, r10, r3 // s6 s7
    add r8, r6, r3 // s7 s8
    lsr r5, r9, #16
    orr r5, r5, r10, lsl #16 // s2 s3
    lsr r8, r8, #16
    add r12, r4, r11
    orr r8, r8, r12, lsl #16 // s8 s0+x2
    add r9, r11 // s1 s2 + x2
    add r10, r11 // s3 s4 + x2
    sub r3, r11, r2, lsl #1
    sub r3, r3, r1, lsl #1
    add r11, r3
    sub r2, r2, r1, lsl #1
    mov lr, #0 // first half
2:
    store_words 0
    next_words r1, 56
    next_words r1, 112
    next_words r2, 168
    next_words r1, 224
    next_words r1, 280
    next_words r2, 336
    next_words r1, 392
    next_words r1, 448
    cmp lr, #0
    bne 3f
    lsr r12, r6, #16
    orr r12, r12, r7, lsl #16
    lsr lr, r7, #16
    orr lr, lr, r8, lsl #16
    add r10, r8, r11 // s8 + 2 x2, and what no code asks for
    add r9, r7, r11
    add r8, r6, r11
    add r7, r5, r11
    add r6, r4, r11 // s0 s1 + 2 x2
    add r5, lr, r3 // s7 s8 + x2
    add r4, r12, r3 // s5 s6 + x2
    adds r0, #SECOND
    b 2b
3:
    ldr r1, [sp, #X]
    ldr r2, [sp, #END]
    add r0, #TABLE_BYTES - SECOND
    cmp r0, r2
    bne 1b
    add sp, #LOCALS
    pop {r4-r11, pc}
    .size table_s8_t5, . - table_s8_t5
