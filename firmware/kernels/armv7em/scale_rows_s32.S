// scale_rows_s32 by SMULWB and SMULWT, which take either of two packed scales; eight rows a turn, four at a time: 41
// cycles for rows of one digit, 5.1 a row; 60 for rows of two, 7.5 a row. ref/scale_rows_s32.c defines it.
//
// Opcodes of 32 bits that load start on words. Stores are single, 1 cycle less for four than STM.
#include "function.h"

    .equ DIGITS, 36
    .equ SCALES, 40

// Four rows whose sums, shifted, are in r4-r7, by the scales in r8 and r9.
.macro scale_four
    smulwb r4, r4, r8
    smulwt r5, r5, r8
    smulwb r6, r6, r9
    smulwt r7, r7, r9
    str.n r5, [r0, #4]
    str.n r6, [r0, #8]
    str.w r7, [r0, #12]
    str.w r4, [r0], #16
.endm
.macro four_of_1
    ldr.n r5, [r1, #4]
    ldr.n r6, [r1, #8]
    ldr.w r7, [r1, #12]
    ldr.w r4, [r1], #16
    ldr.w r9, [r12, #4]
    ldr.w r8, [r12], #8
    .irp word, r4, r5, r6, r7
    lsls.n \word, \word, r3
    .endr
    scale_four
.endm
// lr 3 << r3.
.macro row_of_2 sum, high, low
    lsl \low, \low, r3
    mla \sum, \high, lr, \low
.endm
.macro four_of_2
    ldm r1!, {r4-r11}
    row_of_2 r4, r4, r5
    row_of_2 r5, r6, r7
    row_of_2 r6, r8, r9
    row_of_2 r7, r10, r11
    ldm r12!, {r8, r9}
    scale_four
.endm
// r2 rows, down to less than four.
.macro fours four
    subs r2, #8
    blo.w 2f
    .balign 4
1:  \four
    \four
    subs r2, #8
    bhs 1b
2:  adds r2, #4
    bmi 3f
    \four
    subs r2, #4
3:  adds r2, #4
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
    cmp lr, #2
    beq 4f
    bhi rest
    fours four_of_1
    b rest
4:  mov lr, #3
    lsl lr, lr, r3
    fours four_of_2
    mov lr, #2

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
