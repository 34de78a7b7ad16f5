// table_pair_s8_t5 for Armv6-M; lookup/table_pair_s8_t5.c defines it.
//
// An entry is a word and is moved for both vectors by one ADD of a high register. Codes go in threes, which differ in
// the lowest digit alone, and those in the order of the table: two are in registers, each is moved on by two, which is
// the same for its words, and both are stored at once: 6 ADD, 7 STM, 2.17 cycles an entry. Behind every 27 entries
// comes one that is no code: between two threes r4 is stored there.
//
// Cycles of a call, loads and stores at 2, STM at 1 + N and taken branches at 2: 35 + 602 * n_groups.
//
// Tried and lost: five and four words, walked through the 27 combinations of the three higher digits by one digit at a
// time (2.44 cycles an entry, since the pointer moves too).

#include "table_walk.h"

    .equ BIAS, 640
    .equ TABLE_BYTES, 1024  // of a group
    .equ THREES, 81

    // On the stack.
    .equ TABLE_END, 0
    .equ LOCALS, 4

// The words of number `three` from those two before it: r8-r11 as far as the two steps carry.
.macro move_by by, words:vararg
    .irp word, \words
    add \word, \by
    .endr
.endm
.macro move three, words:vararg
    .if ((\three) + 1) % 3 == 0
    move_by r8, \words
    .elseif (\three) / 3 % 3 > 0
    move_by r9, \words
    .elseif (\three) / 9 % 3 > 0
    move_by r10, \words
    .else
    move_by r11, \words
    .endif
.endm
// THREE and the next one.
.macro store
    .if THREE == THREES - 1
    stm r0!, {r1-r3}
    .elseif THREE % 9 == 8
    stm r0!, {r1-r7}
    .else
    stm r0!, {r1-r3, r5-r7}
    .endif
    .if THREE % 9 == 7
    adds r0, #4
    .endif
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
    column 1, r5
    lsls r1, r5, #1
    mov r8, r1 // 2 x1
    column 2, r3
    subs r1, r3, r5
    mov r9, r1 // x2 - x1
    adds r1, r3, r5
    column 3, r2
    subs r5, r2, r3
    subs r5, r5, r1
    mov r10, r5 // x3 - 2 x2 - x1
    adds r1, r1, r2
    adds r3, r3, r2
    column 4, r2
    subs r5, r2, r3
    subs r5, r5, r1
    mov r11, r5 // x4 - 2 x3 - 2 x2 - x1
    adds r5, r1, r2
    column 0, r3
    adds r6, #5
    adds r7, #5
    mov r12, r6
    mov lr, r7
    ldr r1, bias
    subs r1, r1, r5
    subs r1, r1, r3
    adds r2, r1, r3
    adds r3, r2, r3
    mov r4, r8
    asrs r4, r4, #1
    adds r5, r1, r4
    adds r6, r2, r4
    adds r7, r3, r4
    .set THREE, 0
    store
    .rept THREES / 2
    .set THREE, THREE + 2
    move THREE, r1, r2, r3
    .if THREE < THREES - 1
    move THREE + 1, r5, r6, r7
    .endif
    store
    .endr
    adds r0, #TABLE_BYTES - 1004
    ldr r1, [sp, #TABLE_END]
    cmp r0, r1
    beq done
    mov r6, r12
    mov r7, lr
    b next_group

done:
    add sp, #LOCALS
    pop_high
    pop {r4-r7, pc}

    .balign 4
bias:
    .word BIAS * 0x10001
    .size table_pair_s8_t5, . - table_pair_s8_t5
