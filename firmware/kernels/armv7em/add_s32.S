// add_s32: to Q16 by SMMLA, which is a product's upper word plus what rounds the shift behind it; four elements a turn:
// 49 cycles, 12.25 an element. ref/add_s32.c defines it.
#include "function.h"

    .equ EXPONENT, 32
    .equ N, 36

.macro to_q16 word
    lsl \word, \word, r2
    smmla \word, \word, r3, r12
    asr \word, \word, lr
.endm

.macro add_held into, word
    add \into, \into, \word
    ssat \into, #31, \into
    or_bits r10, \into, \word
.endm

// Elements of r11, one by one. A product shifted left is held within 2^30 - 1 either way.
.macro one_by_one is_large
1:  ldr r4, [r1], #4
    ldr r8, [r0]
    to_q16 r4
    .if \is_large
    eor r5, r4, r4, asr #31
    sub r5, r5, r4, asr #31 // magnitude
    mvn r6, #3 << 30
    lsr r7, r6, r9
    cmp r5, r7
    lsl r5, r5, r9
    it hi
    movhi r5, r6
    cmp r4, #0
    it lt
    rsblt r5, #0
    mov r4, r5
    .endif
    add_held r8, r4
    str r8, [r0], #4
    subs r11, #1
    bne 1b
.endm

// uint32_t add_s32(int32_t *x, const int32_t *in, struct tlm_unit unit, size_t n)
function add_s32
    push {r4-r11, lr}
    ldr r4, [sp, #EXPONENT + 4]
    ldr r11, [sp, #N + 4]
    mov r10, #0
    lsl r3, r3, #15 // the scale, against a word doubled
    sub lr, r2, r4
    add r2, #1
    subs lr, #32
    blt 5f
    cmp lr, #31 // 31 places round to 0 as more do
    it hi
    movhi lr, #31
    movs r12, #1
    lsl r12, r12, lr
    lsr r12, r12, #1
    subs r11, #4
    blo 2f
1:  ldm r1!, {r4-r7}
    .irp word, r4, r5, r6, r7
    to_q16 \word
    .endr
    ldm r0, {r8, r9}
    add_held r8, r4
    add_held r9, r5
    stm r0!, {r8, r9}
    ldm r0, {r8, r9}
    add_held r8, r6
    add_held r9, r7
    stm r0!, {r8, r9}
    subs r11, #4
    bhs 1b
2:  adds r11, #4
    beq 4f
    one_by_one 0
4:  mov r0, r10
    pop {r4-r11, pc}

    // A scale so large that products are shifted left.
5:  rsb r9, lr, #0
    cmp r9, #30
    it hi
    movhi r9, #31
    mov lr, #0
    mov r12, #0
    cmp r11, #0
    beq 4b
    one_by_one 1
    b 4b
    .size add_s32, . - add_s32
