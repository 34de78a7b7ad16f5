// gate_s32 by SMULWB; eight elements a turn, four at a time: 69 cycles, 8.6 an element. ref/gate_s32.c defines it.
//
// Loads are one run; an odd number of fours begins in the middle of a turn.
#include "function.h"

    .equ FACTOR_BITS, 36
    .equ N, 40

.macro gate open, factor
    lsl \open, \open, r2
    asr \factor, \factor, r12
    smulwb \open, \open, \factor
    or_bits lr, \open, \factor
.endm

.macro four
    ldr.w r5, [r1, #4]
    ldr.w r6, [r1, #8]
    ldr.w r7, [r1, #12]
    ldr.w r4, [r1], #16
    ldr.w r9, [r3, #4]
    ldr.w r10, [r3, #8]
    ldr.w r11, [r3, #12]
    ldr.w r8, [r3], #16
    gate r4, r8
    gate r5, r9
    gate r6, r10
    gate r7, r11
    str.w r5, [r0, #4]
    str.w r6, [r0, #8]
    str.w r7, [r0, #12]
    str.w r4, [r0], #16
.endm

// uint32_t gate_s32(int32_t *out, const int32_t *open, uint32_t shift, const int32_t *factors, uint32_t factor_bits,
//                   size_t n)
function gate_s32
    push {r4-r11, lr}
    ldr r12, [sp, #FACTOR_BITS]
    clz r12, r12
    rsbs r12, #17 // bit length - 15
    it lt
    movlt r12, #0
    mov lr, #0
    ldr r4, [sp, #N]
    // Shifts take the lowest byte of a register; turns are counted above it.
    lsrs r4, #2
    beq 2f
    sub r4, #1
    lsrs r4, #1
    add r2, r2, r4, lsl #8
    bcc 5f
    .balign 4
1:  four
5:  four
    subs r2, #256
    bhs 1b
2:  ldr r6, [sp, #N]
    ands r6, #3
    beq 4f
3:  ldr r4, [r1], #4
    ldr r8, [r3], #4
    gate r4, r8
    str r4, [r0], #4
    subs r6, #1
    bne 3b
4:  mov r0, lr
    pop {r4-r11, pc}
    .size gate_s32, . - gate_s32
