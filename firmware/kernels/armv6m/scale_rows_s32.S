// scale_rows_s32, four rows a turn: 33 cycles for rows of one digit, 8.25 a row; 50 for rows of two, 12.5 a row.
// ref/scale_rows_s32.c defines it.
//
// An integer of less than 16 bits and a sign times its row's scale fits a word, so that shifting it left first is one
// shift of the product: right by what is left of 16 places, or to the left. Larger integers, three digits and scales
// that do not start on a word go row by row, as ref/ does them.
#include "function.h"

    // Arguments on the stack, above nine saved registers.
    .equ DIGITS, 36
    .equ SCALES, 40

// Three times a digit's sum plus the next one's, which is used up as well.
.macro join into, high, low
    adds \low, \high
    adds \high, \high
    adds \into, \high, \low
.endm

// Turns of four rows; r8 sums, r9 scales, r10 places to shift, r11 end of out.
.macro fours n_digits, shift
1:  mov r1, r8
    ldm r1!, {r4-r7}
    .if \n_digits == 2
    join r4, r4, r5
    join r5, r6, r7
    ldm r1!, {r2, r3, r6, r7}
    join r7, r6, r7
    join r6, r2, r3
    .endif
    mov r8, r1
    mov r1, r9
    ldm r1!, {r2, r3}
    mov r9, r1
    sxth r1, r2
    muls r4, r1
    asrs r2, #16
    muls r5, r2
    sxth r1, r3
    muls r6, r1
    asrs r3, #16
    muls r7, r3
    mov r3, r10
    .irp word, r4, r5, r6, r7
    \shift \word, \word, r3
    .endr
    stm r0!, {r4-r7}
    cmp r0, r11
    bne 1b
.endm

// void scale_rows_s32(int32_t *out, const int32_t *sums, size_t n_rows, size_t n_cols, size_t n_digits,
//                     const int16_t *row_scales)
function scale_rows_s32
    push_high
    mov r8, r1
    mov r10, r2
    movs r4, r0
    ldr r5, [sp, #DIGITS]
    ldr r6, [sp, #SCALES]
    mov r9, r6
    // The largest integer is 1, 4 or 13.
    movs r0, #127
    cmp r5, #2
    blo 1f
    lsls r0, #2
    cmp r5, #2
    beq 1f
    ldr r0, =127 * 13
1:  muls r0, r3
    bl __clzsi2
    subs r7, r0, #2 // 30 - bit length
    movs r0, r4
    mov r2, r10
    mov r12, r7
    lsls r4, r2, #2
    adds r4, r0 // end of all
    push {r4}
    cmp r7, #14
    blo 2f
    cmp r5, #2
    bhi 2f
    lsls r6, #30
    bne 2f
    lsrs r4, r2, #2
    bne 3f
2:  b .Lrest
3:  lsls r4, #4
    adds r4, r0
    mov r11, r4
    movs r1, #16
    subs r1, r7
    blt .Lleft
    mov r10, r1
    cmp r5, #1
    bne 2f
    fours 1, asrs
    b .Lrest
2:  fours 2, asrs
    b .Lrest
.Lleft:
    rsbs r1, #0
    mov r10, r1
    cmp r5, #1
    bne 2f
    fours 1, lsls
    b .Lrest
2:  fours 2, lsls

    // Row by row, of any number of digits; r12 spread.
.Lrest:
    pop {r4}
    mov r11, r4
    cmp r0, r11
    beq 9f
    ldr r7, [sp, #DIGITS]
    mov lr, r7
3:  mov r1, r8
    ldm r1!, {r4}
    mov r7, lr
    subs r7, #1
    beq 5f
4:  ldm r1!, {r5}
    join r4, r4, r5
    subs r7, #1
    bne 4b
5:  mov r8, r1
    mov r1, r9
    ldrh r2, [r1]
    adds r1, #2
    mov r9, r1
    sxth r2, r2
    mov r3, r12
    lsls r4, r3
    uxth r5, r4
    asrs r4, #16
    muls r4, r2
    muls r5, r2
    asrs r5, #16
    adds r4, r5
    stm r0!, {r4}
    cmp r0, r11
    bne 3b
9:  pop_high
    pop {r4-r7, pc}
    .ltorg
    .size scale_rows_s32, . - scale_rows_s32
