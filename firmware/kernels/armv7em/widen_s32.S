// widen_s32 with eight words in flight, because LDM and STM move a word a cycle; ref/widen_s32.c defines it.
#include "magnitude.h"

// int32_t widen_s32(int32_t *out, const int32_t *in, size_t n)
function widen_s32
    push {r0, r1, r2, r4-r11, lr}
    movs r0, #0
    subs r2, #8
    blo 2f
1:  ldm r1!, {r3-r10}
    .irp word, r3, r4, r5, r6, r7, r8, r9, r10
    or_magnitude r0, \word, r12
    .endr
    subs r2, #8
    bhs 1b
2:  adds r2, #8
    beq 4f
3:  ldr r3, [r1], #4
    or_magnitude r0, r3, r12
    subs r2, #1
    bne 3b
4:  clz r11, r0
    subs r11, #2 // 30 - bit length
    pop {r0, r1, lr}
    mov r2, r11
    shift_words
    mov r0, r11
    pop {r4-r11, pc}
    .size widen_s32, . - widen_s32
