// add_s32: to Q16 by SMMLA, which is a product's upper word plus what rounds the shift behind it; eight elements a
// turn, four at a time: 79 cycles, 9.9 an element; with room four a turn, 11.25. ref/add_s32.c defines it.
//
// Loads stand in runs; single stores take 1 cycle less than STM. An odd number of fours begins in the middle of a turn.
#include "function.h"

    .equ EXPONENT, 32
    .equ N, 36

// A word without room need not be doubled where one place less is shifted right by: r2 is then 0.
.macro to_q16 word, has_room=1
    .if \has_room
    lsl \word, \word, r2
    .endif
    smmla \word, \word, r3, r12
    asr \word, \word, lr
.endm

.macro add_held into, word
    add \into, \into, \word
    ssat \into, #31, \into
    or_bits r10, \into, \word
.endm

.macro four has_room
    ldr.w r5, [r1, #4]
    ldr.w r6, [r1, #8]
    ldr.w r7, [r1, #12]
    ldr.w r4, [r1], #16
    ldr.w r8, [r0]
    ldr.w r9, [r0, #4]
    .irp word, r4, r5, r6, r7
    to_q16 \word, \has_room
    .endr
    add_held r8, r4
    add_held r9, r5
    ldr.w r4, [r0, #8]
    ldr.w r5, [r0, #12]
    add_held r4, r6
    add_held r5, r7
    str.w r9, [r0, #4]
    str.w r4, [r0, #8]
    str.w r5, [r0, #12]
    str.w r8, [r0], #16
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
    lsrs r11, #2
    beq 3f
    cmp lr, #2
    it hs
    cmphs r2, #1
    bne.w 6f
    mov r2, #0
    sub lr, #1
    lsr r12, r12, #1
    sub r11, #1
    lsrs r11, #1
    bcc.w 2f
    .balign 4
1:  four 0
2:  four 0
    subs r11, #1
    bhs 1b
3:  ldr r11, [sp, #N + 4]
    ands r11, #3
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

6:  four 1
    subs r11, #1
    bne 6b
    b 3b
    .size add_s32, . - add_s32
