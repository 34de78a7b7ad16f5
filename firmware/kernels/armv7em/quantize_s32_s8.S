// quantize_s32_s8 in two passes: products by SMMULR and their largest, then SMMLAR, which is the product with the
// factor, rounded, plus what rounds the shift behind it. Products are not widened in between: the second pass shifts
// them. A wide value doubled still fits a word, and so does factor * 2^15. ref/quantize_s32_s8.c defines it.
#include "magnitude.h"

.macro product word, weight
    smmulr \word, \word, \weight
    max_magnitude r11, \word, r12
.endm
.macro scale word
    lsl \word, \word, r3
    smmlar \word, \word, r2, r12
    asr \word, \word, #22
.endm

// uint32_t quantize_s32_s8(int8_t *q, int32_t *products, const int32_t *in, const int16_t *weights, size_t n,
//                          int32_t *shift)
function quantize_s32_s8
    push {r0, r1, r4-r11, lr}
    .equ N, 44
    .equ SHIFT, 48
    movs r11, #0
    ldr r0, [sp, #N]
    products r1, r2, r3, r0
    pop {r0, r1}
    ldr lr, [sp, #N - 8]
    ldr r5, [sp, #SHIFT - 8]
    clz r3, r11
    subs r3, #2 // 30 - bit length
    str r3, [r5]
    lsl r11, r11, r3
    adds r3, #1
    movs r2, #0
    cmp r11, #0
    beq 5f
    lsr r4, r11, #13
    adds r4, #1
    lsrs r4, #1 // largest / 2^14, rounded
    mov r2, #127 << 24
    udiv r2, r2, r4
    lsls r2, #15
5:  mov r12, #1 << 21
    subs lr, #4
    blo 7f
6:  ldm r1!, {r4-r7}
    scale r4
    scale r5
    scale r6
    scale r7
    bfi r4, r5, #8, #24
    bfi r4, r6, #16, #16
    bfi r4, r7, #24, #8
    str r4, [r0], #4
    subs lr, #4
    bhs 6b
7:  adds lr, #4
    beq 9f
8:  ldr r4, [r1], #4
    scale r4
    strb r4, [r0], #1
    subs lr, #1
    bne 8b
9:  mov r0, r11
    pop {r4-r11, pc}
    .size quantize_s32_s8, . - quantize_s32_s8
