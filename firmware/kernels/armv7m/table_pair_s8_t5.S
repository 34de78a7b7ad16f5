// table_pair_s8_t5: the tables of groups of 5 activations of two vectors.
//
// A word of the table is one ADD from another and one STR with an immediate offset, 2 cycles for an entry of each
// vector; 243 words are written, those of bytes that are codes. A third of a table, of one trit of the last column, is
// a straight line.
//
// Cost of a call on a Cortex-M4 at zero wait states: 541 n_groups + 43 cycles.
//
// Left, by count: one straight line for the whole table, which does not fit the code cache of an STM32F4.
#include "table_pair.h"

    .equ BIAS, 640
    .equ THIRD, 336 // bytes of a trit of the last column

.macro store_nine at
    .set offset, \at
    .irp word, r4, r5, r6, r7, r8, r9, r10, r11, r12
    str \word, [r0, #offset]
    .set offset, offset + 4
    .endr
.endm
.macro next_nine by, at
    move_nine \by
    store_nine \at
.endm

    function table_pair_s8_t5
// void table_pair_s8_t5(uint32_t *table, const int8_t *x0, const int8_t *x1, size_t n_groups)
    start t5, 5
    b 3f

    // x4 - 2 x3 - 2 x2 in r3, where the last third starts in lr.
1:  move_nine r3
2:  store_nine 0
    next_nine r1, 36
    next_nine r1, 72
    next_nine r2, 112
    next_nine r1, 148
    next_nine r1, 184
    next_nine r2, 224
    next_nine r1, 260
    next_nine r1, 296
    add r0, #THIRD
    cmp r0, lr
    bne 1b
    add r0, #TABLE_BYTES - 3 * THIRD
    ldr r3, [sp, #END]
    cmp r0, r3
    beq 4f

3:  ldrd r2, r1, [sp, #X0]
    ldrsb r4, [r2]
    ldrsb r5, [r2, #1]
    ldrsb r6, [r2, #2]
    ldrsb r7, [r2, #3]
    ldrsb r8, [r2, #4]
    ldrsb r9, [r1]
    ldrsb r10, [r1, #1]
    ldrsb r11, [r1, #2]
    ldrsb r12, [r1, #3]
    ldrsb r3, [r1, #4]
    step_vectors
    add lr, r4, r9, lsl #16
    add r1, r6, r11, lsl #16
    both r7, r12
    add r12, r5, r10, lsl #16
    add r3, r8, r3, lsl #16
    mov r4, #BIAS
    both r4, r4
    sub r4, lr
    sub r4, r12
    subs r4, r1
    subs r4, r7
    subs r4, r3
    sub r2, r7, r1, lsl #1
    sub r3, r3, r7, lsl #1
    sub r3, r3, r1, lsl #1
    first_words
    add lr, r0, #3 * THIRD
    b 2b

4:  add sp, #LOCALS
    pop {r4-r11, pc}
    .size table_pair_s8_t5, . - table_pair_s8_t5
