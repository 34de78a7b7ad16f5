// norm_s32, two elements a turn: 67 cycles with outer weights, 33.5 an element, 47 without, 23.5. ref/norm_s32.c defines
// it.
//
// Weights come by LDRSH at an index that both vectors share. Squares add up in two high
// registers, which sets no flags: modulo 2^32, and without their lower 16 bits; both together are the sum, as the lower
// bits of fewer than 2^16 squares stay below 2^32.
#include "function.h"

    // Arguments on the stack, above nine saved registers.
    .equ OUTER, 36
    .equ WEIGHTS, 40
    .equ N, 44

.macro square word
    muls \word, \word
    add r8, \word
    lsrs \word, \word, #16
    add r11, \word
.endm

// r9 = the largest of it and the bits of r5, by `larger` of the same id.
.macro largest id
    asrs r6, r5, #31
    eors r5, r6
    cmp r5, r9
    bhi .Llarger_\id
.Lkept_\id:
.endm
.macro larger id
.Llarger_\id:
    mov r9, r5
    b .Lkept_\id
.endm

// r0 z, r2 in, r3 shift, r1 weights, r7 index.
.macro norm_plain id
    ldm r2!, {r4}
    lsls r4, r3
    ldrsh r6, [r1, r7]
    uxth r5, r4
    muls r5, r6
    asrs r5, #16
    asrs r4, #16
    muls r6, r4
    adds r5, r6
    stm r0!, {r5}
    square r4
    largest \id
    adds r7, #2
.endm

// r3 outer weights, r10 shift, the others as above.
.macro norm_outer id
    mov r5, r10
    ldm r2!, {r4}
    lsls r4, r5
    ldrsh r6, [r3, r7]
    uxth r5, r4
    mov r12, r5
    muls r5, r6
    asrs r5, #16
    asrs r4, #16
    muls r6, r4
    adds r5, r6
    asrs r5, #16
    square r5
    ldrsh r6, [r1, r7]
    mov r5, r12
    muls r5, r6
    asrs r5, #16
    muls r6, r4
    adds r5, r6
    stm r0!, {r5}
    largest \id
    adds r7, #2
.endm

// void norm_s32(int32_t *z, struct tlm_norm *norm, const int32_t *in, uint32_t shift, const int16_t *outer,
//               const int16_t *weights, size_t n)
function norm_s32
    push_high
    push {r1}
    movs r4, #0
    mov r8, r4
    mov r9, r4
    mov r11, r4
    ldr r1, [sp, #WEIGHTS + 4]
    ldr r5, [sp, #OUTER + 4]
    ldr r6, [sp, #N + 4]
    lsls r7, r6, #1
    mov lr, r7
    beq .Ldone
    movs r7, #0
    cmp r5, #0
    beq .Lplain
    mov r10, r3
    movs r3, r5
    lsrs r6, #1
    bcs 2f
1:  norm_outer a
2:  norm_outer b
    cmp r7, lr
    bne 1b
.Ldone:
    pop {r0}
    mov r4, r8
    mov r5, r9
    mov r6, r11
    // The sum is r6 * 2^16 and what r4 has beyond it.
    lsls r1, r6, #16
    lsrs r6, #16
    subs r4, r1
    movs r2, #0
    adds r4, r1
    adcs r6, r2
    str r4, [r0]
    str r6, [r0, #4]
    str r5, [r0, #8]
    pop_high
    pop {r4-r7, pc}
    larger a
    larger b

.Lplain:
    lsrs r6, #1
    bcs 2f
1:  norm_plain c
2:  norm_plain d
    cmp r7, lr
    bne 1b
    b .Ldone
    larger c
    larger d
    .size norm_s32, . - norm_s32
