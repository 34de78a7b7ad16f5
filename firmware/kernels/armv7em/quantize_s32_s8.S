// quantize_s32_s8 by SMMLAR: product with the factor, rounded, plus what rounds the second shift, in one instruction.
// ref/quantize_s32_s8.c defines it. A wide value doubled still fits a word, and so does factor * 2^15.
#include "magnitude.h"

    .macro scale word
    lsl \word, \word, #1
    smmlar \word, \word, r2, r12
    asr \word, \word, #22
    .endm

// uint32_t quantize_s32_s8(int8_t *q, const int32_t *in, size_t n)
function quantize_s32_s8
    push {r1, r2, r4-r11, lr}
    movs r3, #0
    subs r2, #8
    blo 2f
1:  ldm r1!, {r4-r11}
    .irp word, r4, r5, r6, r7, r8, r9, r10, r11
    max_magnitude r3, \word, r12
    .endr
    subs r2, #8
    bhs 1b
2:  adds r2, #8
    beq 4f
3:  ldr r4, [r1], #4
    max_magnitude r3, r4, r12
    subs r2, #1
    bne 3b
4:  pop {r1, lr}
    mov r2, r3
    cbz r3, 5f
    lsr r4, r3, #13
    adds r4, #1
    lsrs r4, #1 // largest / 2^14, rounded
    mov r2, #127 << 24
    udiv r2, r2, r4
    lsls r2, #15
5:  mov r12, #1 << 21
    subs lr, #8
    blo 7f
6:  ldm r1!, {r4-r11}
    .irp word, r4, r5, r6, r7, r8, r9, r10, r11
    scale \word
    .endr
    bfi r4, r5, #8, #24
    bfi r4, r6, #16, #16
    bfi r4, r7, #24, #8
    str r4, [r0], #4
    bfi r8, r9, #8, #24
    bfi r8, r10, #16, #16
    bfi r8, r11, #24, #8
    str r8, [r0], #4
    subs lr, #8
    bhs 6b
7:  adds lr, #8
    beq 9f
8:  ldr r4, [r1], #4
    scale r4
    strb r4, [r0], #1
    subs lr, #1
    bne 8b
9:  mov r0, r3
    pop {r4-r11, pc}
    .size quantize_s32_s8, . - quantize_s32_s8
