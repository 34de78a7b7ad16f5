// multiply_s32_s16 by SMMULR, which is the rounded product with a weight in the upper half; four products a turn,
// widened in a second pass where they need it. ref/multiply_s32_s16.c defines it.
#include "magnitude.h"

// Weights of a product; what follows is their or_magnitude.
.macro product word, weight
    smmulr \word, \word, \weight
    or_magnitude r11, \word, r12
.endm

// int32_t multiply_s32_s16(int32_t *out, const int32_t *in, const int16_t *weights, size_t n)
function multiply_s32_s16
    push {r0, r3, r4-r11, lr}
    movs r11, #0
    movw lr, #0xffff
    subs r3, #4
    blo 2f
1:  ldr r8, [r2]
    ldr r9, [r2, #4]
    adds r2, #8
    ldm r1!, {r4-r7}
    lsl r10, r8, #16
    product r4, r10
    bic r8, r8, lr
    product r5, r8
    lsl r10, r9, #16
    product r6, r10
    bic r9, r9, lr
    product r7, r9
    stm r0!, {r4-r7}
    subs r3, #4
    bhs 1b
2:  adds r3, #4
    beq 4f
3:  ldrsh r8, [r2], #2
    ldr r4, [r1], #4
    lsl r8, r8, #16
    product r4, r8
    str r4, [r0], #4
    subs r3, #1
    bne 3b
4:  clz r11, r11
    pop {r0, lr}
    subs r11, #2 // 30 - bit length
    beq 5f // wide already
    mov r1, r0
    mov r2, r11
    shift_words
5:  mov r0, r11
    pop {r4-r11, pc}
    .size multiply_s32_s16, . - multiply_s32_s16
