// narrow_s32 with eight words in flight; half of what is shifted out is added first. ref/narrow_s32.c defines it.
#include "magnitude.h"

// int32_t narrow_s32(int16_t *out, const int32_t *in, size_t n)
function narrow_s32
    push {r1, r2, r4-r11, lr}
    movs r3, #0
    subs r2, #8
    blo 2f
1:  ldm r1!, {r4-r11}
    .irp word, r4, r5, r6, r7, r8, r9, r10, r11
    or_magnitude r3, \word, r12
    .endr
    subs r2, #8
    bhs 1b
2:  adds r2, #8
    beq 4f
3:  ldr r4, [r1], #4
    or_magnitude r3, r4, r12
    subs r2, #1
    bne 3b
4:  pop {r1, lr}
    clz r2, r3
    rsb r2, r2, #18 // bit length - 14
    movs r12, #1
    subs r3, r2, #1
    lsl r12, r12, r3
    cmp r2, #2
    itt lt // 15 bits fit as they are
    movlt r2, #0
    movlt r12, #0
    subs lr, #8
    blo 6f
5:  ldm r1!, {r4-r11}
    .irp word, r4, r5, r6, r7, r8, r9, r10, r11
    add \word, r12
    asr \word, \word, r2
    .endr
    pkhbt r4, r4, r5, lsl #16
    pkhbt r5, r6, r7, lsl #16
    pkhbt r6, r8, r9, lsl #16
    pkhbt r7, r10, r11, lsl #16
    stm r0!, {r4-r7}
    subs lr, #8
    bhs 5b
6:  adds lr, #8
    beq 8f
7:  ldr r4, [r1], #4
    add r4, r12
    asr r4, r4, r2
    strh r4, [r0], #2
    subs lr, #1
    bne 7b
8:  mov r0, r2
    pop {r4-r11, pc}
    .size narrow_s32, . - narrow_s32
