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
    products r0, r1, r2, r3
    clz r11, r11
    pop {r0, lr}
    subs r11, #2 // 30 - bit length
    beq 5f // wide already
    mov r1, r0
    mov r2, r11
    shift_words
5:  mov r0, r11
    pop {r4-r11, pc}
    .size multiply_s32_s16, . - multiply_s32_s16
