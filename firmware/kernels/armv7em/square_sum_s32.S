// square_sum_s32 by SMULTT: the upper half of a word plus 2^15 is the word's rounded upper half.
// ref/square_sum_s32.c defines it.
#include "magnitude.h"

.macro square word
    add \word, \word, #0x8000
    smultt \word, \word, \word
    lsr \word, \word, r12
    add r3, \word
.endm

// uint32_t square_sum_s32(const int32_t *in, size_t n, uint32_t shift)
function square_sum_s32
    push {r4-r11, lr}
    subs r4, r1, #1
    clz r4, r4
    rsbs r4, #29 // bit length - 3
    it mi
    movmi r4, #0
    mov r12, r4
    movs r3, #0
    cbnz r2, shifted
    subs r1, #8
    blo 2f
1:  ldm r0!, {r4-r11}
    .irp word, r4, r5, r6, r7, r8, r9, r10, r11
    square \word
    .endr
    subs r1, #8
    bhs 1b
2:  adds r1, #8
shifted:
    cbz r1, 4f
3:  ldr r4, [r0], #4
    lsl r4, r4, r2
    square r4
    subs r1, #1
    bne 3b
4:  mov r0, r3
    pop {r4-r11, pc}
    .size square_sum_s32, . - square_sum_s32
