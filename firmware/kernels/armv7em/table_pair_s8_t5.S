// table_pair_s8_t5: the tables of groups of 5 activations of two vectors, two words an addition.
//
// The word of a code and that of the code with all trits turned around move by the same vector v up and down: one
// SMLAL of 51 v by 0x05050505, which is v (2^32 - 1), adds it to the upper register and takes it from the lower. Three
// such pairs walk over the trits of the last three columns from zero upward: 117 SMLAL and 243 STR with an immediate
// offset, 1 cycle each, for the 243 words of bytes that are codes. A pass is one trit of the second column.
//
// 51 v fits 32 bits up to five activations: 51 * 635 * 65537 < 2^31. No word is negative, so nothing is borrowed.
//
// Cost of a call on a Cortex-M4 at zero wait states: 439 n_groups + 39 cycles; for an even number of groups of one
// vector (armv7m/table_s8_t5.S) 219.5 n_groups + 49.
//
// Lost: armv7m's, an ADD for each word (542 cycles a group). Not for a Cortex-M3, whose SMLAL takes 4 to 7 cycles.
#include "words.h"

    .equ TABLE_BYTES, 1024 // Twin: tableEntries in host-tools/contracts/image.ts, of 4 bytes.
    .equ BIAS, 640
    .equ CENTRE, 500 // bytes to the code of zeros: 4 (84 + 28 + 9 + 3 + 1)

    // Locals, from sp.
    .equ X0, 0
    .equ X1, 4
    .equ END, 8
    .equ STEP, 12
    .equ LOCALS, 16

// r4 r6 r8 words, r5 r7 r9 those of the trits turned around; r10 what multiplies a vector.
.macro move by
    smlal r5, r4, \by, r10
    smlal r7, r6, \by, r10
    smlal r9, r8, \by, r10
.endm
// `code` is what the trits of the last three columns are worth.
.macro next by, code
    move \by
    str r4, [r0, #CENTRE + 4 * (\code) - 4]
    str r5, [r1, #CENTRE - 4 * (\code) + 4]
    str r6, [r0, #CENTRE + 4 * (\code)]
    str r7, [r1, #CENTRE - 4 * (\code)]
    str r8, [r0, #CENTRE + 4 * (\code) + 4]
    str r9, [r1, #CENTRE - 4 * (\code) - 4]
.endm

    function table_pair_s8_t5
// void table_pair_s8_t5(uint32_t *table, const int8_t *x0, const int8_t *x1, size_t n_groups)
    mov r12, #5
    // The other entry, with the bytes between the groups of a vector in r12.
    .global table_pair_s8_t5_by
    .type table_pair_s8_t5_by, %function
    .thumb_func
table_pair_s8_t5_by:
    push {r4-r11, lr}
    sub sp, #LOCALS
    strd r1, r2, [sp, #X0]
    add r3, r0, r3, lsl #10
    strd r3, r12, [sp, #END]

1:  ldrd r2, r3, [sp, #X0]
    ldrsb r4, [r2]
    ldrsb r5, [r2, #1]
    ldrsb r6, [r2, #2]
    ldrsb r7, [r2, #3]
    ldrsb r8, [r2, #4]
    ldrsb r9, [r3]
    ldrsb r10, [r3, #1]
    ldrsb r11, [r3, #2]
    ldrsb r12, [r3, #3]
    ldrsb lr, [r3, #4]
    ldr r1, [sp, #STEP]
    add r2, r1
    add r3, r1
    strd r2, r3, [sp, #X0]
    both r4, r9
    both r5, r10
    add r11, r6, r11, lsl #16
    add r12, r7, r12, lsl #16
    add lr, r8, lr, lsl #16
    // Words of the second column at -1, the last three at 0.
    mov r10, #BIAS
    both r10, r10
    add r7, r10, r5
    sub r6, r10, r5
    add r8, r6, r4
    sub r9, r7, r4
    sub r3, r5, r11
    add r5, r7, r4
    sub r4, r6, r4
    // Steps, 51 times: x2 in r11, x3 - 2 x2 in r12, x4 - 2 x3 - 2 x2 in lr, x1 - x2 - x3 - x4 in r3.
    sub r3, r12
    sub r3, lr
    sub lr, lr, r12, lsl #1
    sub lr, lr, r11, lsl #1
    sub r12, r12, r11, lsl #1
    mov r10, #51
    mul r3, r3, r10
    mul r11, r11, r10
    mul r12, r12, r10
    mul lr, lr, r10
    mov r10, #0x05050505
    add r1, r0, #12
    subs r0, #12
    b 3f

2:  move r3
3:  str r4, [r0, #CENTRE - 4]
    str r6, [r0, #CENTRE]
    str r8, [r0, #CENTRE + 4]
    next r11, 9
    next r12, 28 - 9
    next r11, 28
    next r11, 28 + 9
    next lr, 84 - 28 - 9
    next r11, 84 - 28
    next r11, 84 - 28 + 9
    next r12, 84 - 9
    next r11, 84
    next r11, 84 + 9
    next r12, 84 + 28 - 9
    next r11, 84 + 28
    next r11, 84 + 28 + 9
    cmp r0, r1
    add r0, r0, #12
    sub r1, r1, #12
    bls 2b
    ldr r2, [sp, #END]
    add r0, r0, #TABLE_BYTES - 24
    cmp r0, r2
    bne 1b
    add sp, #LOCALS
    pop {r4-r11, pc}
    .size table_pair_s8_t5, . - table_pair_s8_t5
