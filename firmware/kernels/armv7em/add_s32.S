// add_s32 with four words in flight; SSAT goes one below the limit, which is mended. ref/add_s32.c defines it.
#include "magnitude.h"

.macro add_saturated x, y
    add \x, \y
    ssat \x, #31, \x
    cmp \x, r12
    it eq
    addeq \x, #1
.endm

// void add_s32(int32_t *x, const int32_t *y, size_t n)
function add_s32
    push {r4-r11, lr}
    mov r12, #0xc0000000 // -2^30
    subs r2, #4
    blo 2f
1:  ldm r0, {r4-r7}
    ldm r1!, {r8-r11}
    add_saturated r4, r8
    add_saturated r5, r9
    add_saturated r6, r10
    add_saturated r7, r11
    stm r0!, {r4-r7}
    subs r2, #4
    bhs 1b
2:  adds r2, #4
    beq 4f
3:  ldr r4, [r0]
    ldr r8, [r1], #4
    add_saturated r4, r8
    str r4, [r0], #4
    subs r2, #1
    bne 3b
4:  pop {r4-r11, pc}
    .size add_s32, . - add_s32
