// table_pair_s8_t2 for Armv6-M; lookup/table_pair_s8_t2.c defines it.
//
// An entry is a word and is moved for both vectors by one ADD of a high register. 81 of the 256 words hold a code: nine
// for the two lower digits, which are built once and walked through the nine combinations of the two higher ones, a
// digit by one at a time; first six of them, with a second digit of 0 or 1 (6 ADD, 7 STM and 2 STR for seven words of
// which one is no code, 1 for the pointer), then three (3 ADD, 3 STM, 2 STR, 1): 25 cycles for nine entries.
//
// Cycles of a call, loads and stores at 2, STM at 1 + N and taken branches at 2: 43 + 283 * n_groups.
//
// Tried and lost: on paper only, three words walked through 27 combinations (27 cycles for nine entries).

#include "table_walk.h"

    .equ BIAS, 512
    .equ START, 960         // bytes to code 0xf0, where the walk begins: both higher digits at -1
    .equ TABLE_BYTES, 1024  // of a group

    // Words of a pass that one STM stores: 6, then 2.
.macro store
    .if WORDS == 6
    stm r0!, {r1-r6}
    str r7, [r0, #4]
    .else
    stm r0!, {r1, r2}
    str r4, [r0, #4]
    .endif
.endm
// One step of the walk, of `bytes` in the table.
.macro move by, bytes
    .irp word, r1, r2, r4
    add \word, \by
    .endr
    .if WORDS == 6
    .irp word, r5, r6, r7
    add \word, \by
    .endr
    .endif
    .if WORDS == 6 && \bytes == -768
    add r0, r12
    .else
    step_pointer \bytes
    .endif
    store
.endm
// Digits -1, 0, 1 stand at 3, 0 and 1 times 64 bytes for x2, 256 for x3.
.macro x2_up
    move r8, -192
    move r8, 64
.endm
.macro x2_down
    move r9, -64
    move r9, 192
.endm

// void table_pair_s8_t2(table, x0, x1, n_groups)
function table_pair_s8_t2
    push_high
    movs r4, #START / 4
    lsls r4, r4, #2
    adds r0, r0, r4
    lsls r3, r3, #10
    adds r3, r3, r0
    push {r3} // end of the table
    movs r6, r1
    movs r7, r2
    movs r1, #(768 + 24) / 8
    lsls r1, r1, #3
    rsbs r1, r1, #0
    mov r12, r1

next_group:
    ldr r1, bias
    walked_column 2, r8, r9
    walked_column 3, r10, r11
    column 0, r2
    column 1, r3
    adds r6, #4
    adds r7, #4
    push {r6, r7}
    rsbs r4, r3, #0
    mov lr, r4
    subs r4, r1, r2 // digits 0, -1 (the second digit first)
    adds r2, r1, r2 // 0, 1
    adds r5, r1, r3 // 1, 0
    adds r6, r2, r3 // 1, 1
    adds r7, r4, r3 // 1, -1
    .set WORDS, 6
    store
    x2_up
    move r10, -768
    x2_down
    move r10, 256
    x2_up
    // Behind them those with a second digit of -1, and the same way back.
    add r1, lr
    add r2, lr
    add r4, lr
    adds r0, #24
    .set WORDS, 2
    store
    x2_down
    move r11, -256
    x2_up
    move r11, 768
    x2_down
    movs r1, #(TABLE_BYTES - 56) / 8
    lsls r1, r1, #3
    adds r0, r0, r1
    pop {r6, r7}
    ldr r1, [sp]
    cmp r0, r1
    beq done
    b next_group

done:
    pop {r3-r7}
    mov r8, r4
    mov r9, r5
    mov r10, r6
    mov r11, r7
    pop {r4-r7, pc}

    .balign 4
bias:
    .word BIAS * 0x10001
    .size table_pair_s8_t2, . - table_pair_s8_t2
