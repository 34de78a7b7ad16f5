// table_pair_s8_t5 for Armv6-M; lookup/table_pair_s8_t5.c defines it.
//
// An entry is a word and is moved for both vectors by one ADD of a high register. The nine entries of the two lower
// digits are built once, as five and four words, and walked through the 27 combinations of the three higher digits, a
// digit by one at a time: 5 ADD, 6 STM and 1 for the pointer, then 4, 5 and 1; 2.44 cycles an entry.
//
// Cycles of a call, loads and stores at 2, STM at 1 + N and taken branches at 2: 37 + 663 * n_groups.
//
// Tried and lost: on paper only, four passes of seven words, whose moves between passes cost what longer STM save.

#include "table_walk.h"

    .equ BIAS, 640
    .equ TABLE_BYTES, 1024  // of a group

    // Locals, from sp.
    .equ TABLE_END, 0
    .equ LOCALS, 4

    // Words of a pass: codes 0 to 4 of the lower digits, then 5 to 8.
.macro store
    .if WORDS == 5
    stm r0!, {r1-r5}
    .else
    stm r0!, {r1-r4}
    .endif
.endm
// One step of the walk, of `bytes` in the table.
.macro move by, bytes
    .irp word, r1, r2, r3, r4
    add \word, \by
    .endr
    .if WORDS == 5
    add r5, \by
    .endif
    step_pointer \bytes
    store
.endm
.macro x2_up
    move r8, 36
    move r8, 36
.endm
.macro x2_down
    move r9, -36
    move r9, -36
.endm
.macro x3_up
    move r10, 112
.endm
.macro x3_down
    move r11, -112
.endm
.macro x4_up
    move r12, 336
.endm
.macro x4_down
    move lr, -336
.endm

// void table_pair_s8_t5(table, x0, x1, n_groups)
function table_pair_s8_t5
    push_high
    sub sp, #LOCALS
    lsls r3, r3, #10
    adds r3, r3, r0
    str r3, [sp, #TABLE_END]
    movs r6, r1
    movs r7, r2

next_group:
    ldr r1, bias
    walked_column 2, r8, r9
    walked_column 3, r10, r11
    walked_column 4, r12, lr
    column 0, r2
    column 1, r3
    adds r6, #5
    adds r7, #5
    push {r6}
    movs r6, r3
    subs r1, r1, r2
    subs r1, r1, r6
    adds r4, r1, r6
    adds r5, r4, r2
    adds r3, r1, r2
    adds r3, r3, r2
    adds r2, r1, r2
    // s(k), the entry of code k, in r1-r5; column 1 in r6.
    .set WORDS, 5
    store
    x2_up
    x3_up
    x2_down
    x3_up
    x2_up
    x4_up
    x2_down
    x3_down
    x2_up
    x3_down
    x2_down
    x4_up
    x2_up
    x3_up
    x2_down
    x3_up
    x2_up
    // Behind them s(5) to s(8), and the same way back.
    adds r1, r3, r6
    adds r2, r4, r6
    adds r3, r5, r6
    adds r4, r1, r6
    .set WORDS, 4
    store
    x2_down
    x3_down
    x2_up
    x3_down
    x2_down
    x4_down
    x2_up
    x3_up
    x2_down
    x3_up
    x2_up
    x4_down
    x2_down
    x3_down
    x2_up
    x3_down
    x2_down
    movs r1, #(TABLE_BYTES - 36) / 4
    lsls r1, r1, #2
    adds r0, r0, r1
    pop {r6}
    ldr r1, [sp, #TABLE_END]
    cmp r0, r1
    beq done
    b next_group

done:
    add sp, #LOCALS
    pop_high
    pop {r4-r7, pc}

    .balign 4
bias:
    .word BIAS * 0x10001
    .size table_pair_s8_t5, . - table_pair_s8_t5
