// table_pair_s8_t2: the tables of groups of 4 activations of two vectors.
//
// A word of the table is one ADD from another and one STR with an immediate offset, 2 cycles for an entry of each
// vector; the 81 words are written whose codes have no pair 10.
//
// Cost of a call on a Cortex-M4 at zero wait states: 196 n_groups + 36 cycles.
#include "table_pair.h"

    .equ BIAS, 512

// A digit of -1, 0, 1 is 3, 0, 1 in a code.
.macro store_nine at
    str r4, [r0, #\at + 60]
    str r5, [r0, #\at + 48]
    str r6, [r0, #\at + 52]
    str r7, [r0, #\at + 12]
    str r8, [r0, #\at]
    str r9, [r0, #\at + 4]
    str r10, [r0, #\at + 28]
    str r11, [r0, #\at + 16]
    str r12, [r0, #\at + 20]
.endm
.macro next_nine by, at
    move_nine \by
    store_nine \at
.endm

    function table_pair_s8_t2
// void table_pair_s8_t2(uint32_t *table, const int8_t *x0, const int8_t *x1, size_t n_groups)
    start t2, 4
1:  ldrd r2, r1, [sp, #X0]
    ldrsb r4, [r2]
    ldrsb r5, [r2, #1]
    ldrsb r6, [r2, #2]
    ldrsb r7, [r2, #3]
    ldrsb r9, [r1]
    ldrsb r10, [r1, #1]
    ldrsb r11, [r1, #2]
    ldrsb r12, [r1, #3]
    step_vectors
    add lr, r4, r9, lsl #16
    add r1, r6, r11, lsl #16
    add r2, r7, r12, lsl #16
    add r12, r5, r10, lsl #16
    mov r4, #BIAS
    both r4, r4
    sub r4, lr
    sub r4, r12
    subs r4, r1
    subs r4, r2
    sub r2, r2, r1, lsl #1
    first_words
    store_nine 192 + 768
    next_nine r1, 768
    next_nine r1, 64 + 768
    next_nine r2, 192
    next_nine r1, 0
    next_nine r1, 64
    next_nine r2, 192 + 256
    next_nine r1, 256
    next_nine r1, 64 + 256
    add r0, #TABLE_BYTES
    ldr r3, [sp, #END]
    cmp r0, r3
    bne 1b
    add sp, #LOCALS
    pop {r4-r11, pc}
    .size table_pair_s8_t2, . - table_pair_s8_t2
