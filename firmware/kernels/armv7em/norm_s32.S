// norm_s32: products by SMULWB and SMULWT, which take either of two packed weights and cut, squares by SMLALTT, which
// takes upper halves; eight elements a turn, four at a time: 89 cycles with outer weights, 11.1 an element, 73 without,
// 9.1. ref/norm_s32.c defines it.
//
// Loads stand in runs, and start on words where their opcodes have 32 bits; single stores take 1 cycle less than STM.
// An odd number of fours begins in the middle of a turn.
//
// The largest costs three cycles an element: the core has no maximum of words. Tried and lost: two passes, the squares
// apart (a load and a shift an element more); an IT block for the branch, which takes none or one cycle an element more.
#include "function.h"

    .equ OUTER, 40
    .equ WEIGHTS, 44
    .equ N, 48

.macro square word
    smlaltt r10, r11, \word, \word
.endm

// Two elements' products with the outer weights of the word in r8.
.macro outer_squares even, odd
    smulwb r9, \even, r8
    square r9
    smulwt r9, \odd, r8
    square r9
.endm

.macro load_four
    ldr.w r5, [r2, #4]
    ldr.w r6, [r2, #8]
    ldr.w r7, [r2, #12]
    ldr.w r4, [r2], #16
.endm
.macro shift_four
    .irp word, r4, r5, r6, r7
    lsl \word, \word, r3
    .endr
.endm
// lr = max(lr, bits of a word), by a branch: few of a vector are larger than all ahead of them.
.macro larger_bits word
    eor r9, \word, \word, asr #31
    cmp r9, lr
    bhi.w 91f
92:
    .subsection 1
91: mov lr, r9
    b.w 92b
    .previous
.endm
// By the weights in r8 and r9.
.macro products
    smulwb r4, r4, r8
    smulwt r5, r5, r8
    smulwb r6, r6, r9
    smulwt r7, r7, r9
    .irp word, r4, r5, r6, r7
    larger_bits \word
    .endr
    str.w r5, [r0, #4]
    str.w r6, [r0, #8]
    str.w r7, [r0, #12]
    str.w r4, [r0], #16
.endm

.macro four_with_outer
    load_four
    ldr.w r8, [r1], #4
    shift_four
    outer_squares r4, r5
    ldr.w r8, [r1], #4
    outer_squares r6, r7
    ldr.w r9, [r12, #4]
    ldr.w r8, [r12], #8
    products
.endm
.macro four_without
    load_four
    ldr.w r9, [r12, #4]
    ldr.w r8, [r12], #8
    .irp word, r4, r5, r6, r7
    lsl \word, \word, r3
    square \word
    .endr
    products
.endm
// r4 elements, down to less than four. Shifts take the lowest byte of r3; turns of eight are counted above it.
.macro fours four
    lsrs r4, #2
    beq 3f
    sub r4, #1
    lsrs r4, #1
    add r3, r3, r4, lsl #8
    bcc.w 2f
    .balign 4
1:  \four
2:  \four
    subs r3, #256
    bhs 1b
3:
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
    larger_bits r4
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
    cmp r1, #0
    beq plain
    fours four_with_outer
    rest 1
done:
    ldr r1, [sp]
    strd r10, r11, [r1]
    str lr, [r1, #8]
    pop {r1, r4-r11, pc}

plain:
    fours four_without
    rest 0
    b done
    end_of norm_s32
