// table_s8_t5 for Armv6-M; lookup/table_s8_t5.c defines it.
//
// Two entries share a word, and neither borrows from the other, since an entry lies in 5 .. 1275: a word is moved by
// both halves of x3 or x4 with one ADD of a high register. The 14 words of the three lower digits are built once, as
// two halves of seven words, and each half is walked through the nine combinations of the two higher digits, one digit
// by one at a time: a step is 7 ADD, 8 STM and 1 for the pointer, 2.29 cycles a word.
//
// With s(k) the entry of code k, k < 9, the first half is (s0 s1) (s2 s3) (s4 s5) (s6 s7) (s8 s0') (s1' s2') (s3' s4'),
// ' for + x2; the second (s5' s6') (s7' s8') and then the first five words with 2 x2 added.
//
// Cycles of a call, loads and stores at 2, STM at 1 + N and taken branches at 2: 34 + 350 * n_groups.
//
// Tried and lost: three passes of five words or fewer, which need no moves between them (2.4 cycles a word).

#include "function.h"

    .equ BIAS, 640
    .equ CENTRE, 224        // bytes to code 84 + 28, where the walk begins
    .equ TABLE_BYTES, 512   // of a group

    // On the stack.
    .equ TABLE_END, 0
    .equ LOCALS, 4

.macro store_half
    stm r0!, {r1-r7}
.endm
// One step of the walk, of `bytes` in the table.
.macro move by, bytes
    .irp word, r1, r2, r3, r4, r5, r6, r7
    add \word, \by
    .endr
    .if \bytes > 28
    adds r0, #\bytes - 28
    .else
    subs r0, #28 - (\bytes)
    .endif
    store_half
.endm
.macro x3_up
    move r8, 56
.endm
.macro x3_down
    move r9, -56
.endm
.macro x4_up
    move r10, 168
.endm
.macro x4_down
    move r11, -168
.endm

// void table_s8_t5(table, x, n_groups)
function table_s8_t5
    push_high
    sub sp, #LOCALS
    adds r0, #CENTRE
    lsls r2, r2, #9
    adds r2, r2, r0
    str r2, [sp, #TABLE_END]

next_group:
    movs r2, #4
    ldrsb r2, [r1, r2]
    movs r3, #3
    ldrsb r3, [r1, r3]
    lsls r4, r2, #16
    adds r2, r2, r4
    mov r10, r2 // x4 in both halves
    rsbs r2, r2, #0
    mov r11, r2
    lsls r4, r3, #16
    adds r3, r3, r4
    mov r8, r3 // x3
    rsbs r3, r3, #0
    mov r9, r3
    movs r7, #2
    ldrsb r7, [r1, r7]
    movs r6, #1
    ldrsb r6, [r1, r6]
    movs r3, #0
    ldrsb r3, [r1, r3]
    adds r1, #5
    mov r12, r1
    lsls r5, r7, #16
    adds r7, r7, r5 // x2 in both halves
    mov lr, r7
    add lr, r7
    ldr r1, bias
    subs r1, r1, r7
    adds r4, r3, r6
    lsls r4, r4, #1
    adds r5, r5, r4 // 2 x0 + 2 x1, x2
    lsls r2, r6, #16
    adds r6, r6, r2 // x1 in both halves
    subs r1, r1, r6
    lsls r4, r3, #1
    adds r2, r2, r4 // 2 x0, x1
    subs r7, r7, r6 // x2 - x1
    lsls r4, r3, #16 // 0, x0
    adds r3, r3, r4 // x0 in both halves
    subs r1, r1, r3 // s0 s0
    adds r2, r2, r1 // s2 s3
    adds r5, r5, r1 // s8 s0 + x2
    adds r1, r1, r4 // s0 s1
    adds r3, r3, r1 // s1 s2
    adds r4, r1, r6 // s3 s4
    adds r3, r3, r6 // s4 s5
    adds r4, r4, r6 // s6 s7
    adds r6, r3, r7 // s1 s2 + x2
    adds r7, r4, r7 // s3 s4 + x2
    store_half
    // From the centre along a spiral to x3 up, x4 down.
    x3_up
    x4_up
    x3_down
    x3_down
    x4_down
    x4_down
    x3_up
    x3_up
    // The second half from the first, in the same place: all of it with 2 x2, the first two words less x2 - x1.
    mov r7, r5
    add r7, lr
    subs r5, r6, r3 // x2 - x1
    mov r6, r4
    add r6, lr
    add r1, lr
    add r2, lr
    add r3, lr
    mov r4, r2
    subs r2, r3, r5
    subs r5, r4, r5
    mov lr, r3
    mov r3, r1
    mov r1, r5
    mov r5, lr
    store_half
    x4_up
    x3_down
    x4_down
    x3_down
    x4_up
    x4_up
    x3_up
    x3_up
    adds r0, #TABLE_BYTES + CENTRE - 504
    ldr r1, [sp, #TABLE_END]
    cmp r0, r1
    beq done
    mov r1, r12
    b next_group

done:
    add sp, #LOCALS
    pop_high
    pop {r4-r7, pc}

    .balign 4
bias:
    .word BIAS * 0x10001
    .size table_s8_t5, . - table_s8_t5
