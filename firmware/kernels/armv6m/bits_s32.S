// bits_s32, four words a turn: 20 cycles, 5 an element. ref/bits_s32.c defines it.
#include "function.h"

// uint32_t bits_s32(const int32_t *in, size_t n)
function bits_s32
    push {r4-r7, lr}
    movs r6, #0
    subs r1, #4
    blo 2f
1:  ldm r0!, {r2-r5}
    .irp word, r2, r3, r4, r5
    or_bits r6, \word, r7
    .endr
    subs r1, #4
    bhs 1b
2:  adds r1, #4
    beq 4f
3:  ldm r0!, {r2}
    or_bits r6, r2, r7
    subs r1, #1
    bne 3b
4:  movs r0, r6
    pop {r4-r7, pc}
    .size bits_s32, . - bits_s32
