// scale_rows_s32 by SMULWB and SMULWT, which take either of two packed scales; four rows a turn: 25 cycles for rows of
// one digit, 6.25 a row; 36 for rows of two, 9 a row. ref/scale_rows_s32.c defines it.
#include "function.h"

    .equ DIGITS, 36
    .equ SCALES, 40

.macro scale_four
    .irp word, r4, r5, r6, r7
    lsl \word, \word, r3
    .endr
    ldm r12!, {r8, r9}
    smulwb r4, r4, r8
    smulwt r5, r5, r8
    smulwb r6, r6, r9
    smulwt r7, r7, r9
    stm r0!, {r4-r7}
.endm

// void scale_rows_s32(int32_t *out, const int32_t *sums, size_t n_rows, size_t n_cols, size_t n_digits,
//                     const int16_t *row_scales)
function scale_rows_s32
    push {r4-r11, lr}
    ldr lr, [sp, #DIGITS]
    ldr r12, [sp, #SCALES]
    // The largest integer is 1, 4 or 13.
    movs r4, #127
    cmp lr, #2
    it eq
    moveq r4, #127 * 4
    it hi
    movwhi r4, #127 * 13
    muls r3, r4
    clz r3, r3
    subs r3, #2 // 30 - bit length
    cmp lr, #1
    bne 3f
    subs r2, #4
    blo 2f
1:  ldm r1!, {r4-r7}
    scale_four
    subs r2, #4
    bhs 1b
2:  adds r2, #4
    b rest
3:  cmp lr, #2
    bne rest
    subs r2, #4
    blo 2b
4:  ldm r1!, {r4-r11}
    add r4, r4, r4, lsl #1
    add r4, r5
    add r5, r6, r6, lsl #1
    add r5, r7
    add r6, r8, r8, lsl #1
    add r6, r9
    add r7, r10, r10, lsl #1
    add r7, r11
    scale_four
    subs r2, #4
    bhs 4b
    b 2b

    // Row by row, of any number of digits.
rest:
    cmp r2, #0
    beq 7f
5:  ldr r4, [r1], #4
    subs r5, lr, #1
    beq 6f
8:  ldr r6, [r1], #4
    add r4, r4, r4, lsl #1
    add r4, r6
    subs r5, #1
    bne 8b
6:  ldrsh r6, [r12], #2
    lsl r4, r4, r3
    smulwb r4, r4, r6
    str r4, [r0], #4
    subs r2, #1
    bne 5b
7:  pop {r4-r11, pc}
    .size scale_rows_s32, . - scale_rows_s32
