// table_s8_t2 for Armv6-M; lookup/table_s8_t2.c defines it.
//
// Two entries share a word, those of codes 2 k and 2 k + 1. 54 of the 128 words hold a code: six for the two lower
// digits, which are built once and walked through the nine combinations of the two higher ones, a digit by one at a
// time. A step moves six words by both halves of x2 or x3 (6 ADD of a high register), stores four and two (8 STM) and
// passes over what lies between (1, and most often 1 more for the next step): 2.7 cycles a word.
//
// Cycles of a call, loads and stores at 2, STM at 1 + N and taken branches at 2: 38 + 176 * n_groups.
//
// Tried and lost: eight words a step, those of no code too (18 cycles against 16, and a register more than there is).

#include "function.h"

    .equ BIAS, 512
    .equ START, 480         // bytes to code 0xf0, where the walk begins: both higher digits at -1
    .equ TABLE_BYTES, 512   // of a group

.macro store_six
    stm r0!, {r1-r4}
    adds r0, #8
    stm r0!, {r5-r6}
.endm
// One step of the walk, of `bytes` in the table.
.macro move by, bytes
    .irp word, r1, r2, r3, r4, r5, r6
    add \word, \by
    .endr
    .if \bytes > 32
    adds r0, #\bytes - 32
    .elseif \bytes < 32 - 255
    subs r0, #255
    subs r0, #32 - 255 - (\bytes)
    .elseif \bytes < 32
    subs r0, #32 - (\bytes)
    .endif
    store_six
.endm
// Digits -1, 0, 1 stand at 3, 0 and 1 times 32 bytes for x2, 128 for x3.
.macro x2_to_zero
    move r8, -96
.endm
.macro x2_to_plus
    move r8, 32
.endm
.macro x2_back_to_zero
    move r9, -32
.endm
.macro x2_to_minus
    move r9, 96
.endm
.macro x3_to_zero
    move r10, -384
.endm
.macro x3_to_plus
    move r10, 128
.endm

// void table_s8_t2(table, x, n_groups)
function table_s8_t2
    push_high
    movs r3, #START / 4
    lsls r3, r3, #2
    adds r0, r0, r3
    movs r3, #(TABLE_BYTES + START - 192) / 4 // from behind code 0x5f to the next table's start
    lsls r3, r3, #2
    mov r12, r3
    lsls r2, r2, #2
    adds r2, r2, r1
    mov lr, r2 // end of x

next_group:
    movs r2, #3
    ldrsb r2, [r1, r2]
    movs r3, #2
    ldrsb r3, [r1, r3]
    movs r4, #1
    ldrsb r4, [r1, r4]
    movs r5, #0
    ldrsb r5, [r1, r5]
    adds r1, #4
    mov r11, r1
    lsls r6, r2, #16
    adds r2, r2, r6
    mov r10, r2 // x3 in both halves
    lsls r6, r3, #16
    adds r3, r3, r6
    mov r8, r3 // x2
    rsbs r6, r3, #0
    mov r9, r6
    lsls r6, r4, #16
    adds r6, r6, r4 // x1
    lsls r5, r5, #16 // 0, x0
    ldr r1, bias
    subs r1, r1, r2
    subs r1, r1, r3
    subs r2, r1, r5 // of digits 10 (no code) and 11, -1
    adds r1, r1, r5 // of digits 00 and 01
    adds r3, r1, r6
    adds r4, r2, r6
    subs r5, r1, r6
    subs r6, r2, r6
    store_six
    x2_to_zero
    x2_to_plus
    x3_to_zero
    x2_back_to_zero
    x2_to_minus
    x3_to_plus
    x2_to_zero
    x2_to_plus
    add r0, r12
    mov r1, r11
    cmp r1, lr
    bne next_group

    pop_high
    pop {r4-r7, pc}

    .balign 4
bias:
    .word BIAS * 0x10001
    .size table_s8_t2, . - table_s8_t2
