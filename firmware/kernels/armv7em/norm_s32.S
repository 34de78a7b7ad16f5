// norm_s32: products by SMULWB and SMULWT, which take either of two packed weights and cut, squares by SMLALTT, which
// takes upper halves; four elements a turn: 54 cycles with outer weights, 13.5 an element, 46 without, 11.5.
// ref/norm_s32.c defines it.
//
// The largest costs four cycles an element: the core has no maximum of words. Tried and lost: two passes, the squares
// apart (a load and a shift an element more).
#include "function.h"

    .equ OUTER, 40
    .equ WEIGHTS, 44
    .equ N, 48

.macro square word
    smlaltt r10, r11, \word, \word
.endm

// Two elements' products with the outer weights of one word.
.macro outer_squares even, odd
    ldr r8, [r1], #4
    smulwb r9, \even, r8
    square r9
    smulwt r9, \odd, r8
    square r9
.endm

.macro products even, odd
    ldr r8, [r12], #4
    smulwb \even, \even, r8
    smulwt \odd, \odd, r8
.endm

// Elements one by one: r3 shift, lr largest, n left on the stack.
.macro rest has_outer
    ldr r5, [sp, #N]
    ands r5, #3
    beq 4f
3:  ldr r4, [r2], #4
    ldrsh r6, [r12], #2
    lsl r4, r4, r3
    .if \has_outer
    ldrsh r7, [r1], #2
    smulwb r7, r4, r7
    square r7
    .else
    square r4
    .endif
    smulwb r4, r4, r6
    max_bits lr, r4, r9
    str r4, [r0], #4
    subs r5, #1
    bne 3b
4:
.endm

// void norm_s32(int32_t *z, struct tlm_norm *norm, const int32_t *in, uint32_t shift, const int16_t *outer,
//               const int16_t *weights, size_t n)
function norm_s32
    push {r1, r4-r11, lr}
    ldr r1, [sp, #OUTER]
    ldr r12, [sp, #WEIGHTS]
    ldr r4, [sp, #N]
    mov r10, #0
    mov r11, #0
    mov lr, #0
    // Shifts take the lowest byte of a register; turns are counted above it.
    lsrs r4, #2
    sub r4, #1
    add r3, r3, r4, lsl #8
    cmp r1, #0
    beq plain
    cmp r3, #0
    blt 2f
1:  ldm r2!, {r4-r7}
    .irp word, r4, r5, r6, r7
    lsl \word, \word, r3
    .endr
    outer_squares r4, r5
    outer_squares r6, r7
    products r4, r5
    products r6, r7
    .irp word, r4, r5, r6, r7
    max_bits lr, \word, r9
    .endr
    stm r0!, {r4-r7}
    subs r3, #256
    bhs 1b
2:  rest 1
done:
    ldr r1, [sp]
    strd r10, r11, [r1]
    str lr, [r1, #8]
    pop {r1, r4-r11, pc}

plain:
    cmp r3, #0
    blt 6f
5:  ldm r2!, {r4-r7}
    .irp word, r4, r5, r6, r7
    lsl \word, \word, r3
    square \word
    .endr
    products r4, r5
    products r6, r7
    .irp word, r4, r5, r6, r7
    max_bits lr, \word, r9
    .endr
    stm r0!, {r4-r7}
    subs r3, #256
    bhs 5b
6:  rest 0
    b done
    .size norm_s32, . - norm_s32
