// lookup_pair_u32 with the interpolators of an RP2040 core; kernels/lookup/lookup_pair_u32.c defines it.
//
// As lookup_u16.S beside this, with entries of a word, of which the low half belongs to the first vector: 19.75 cycles
// for a group of four rows and two vectors. The halves are taken apart once a block.
//
// Interrupts must leave the interpolators alone; each core has its own two.
//
// Cycles of a call, loads and stores at 2 but 1 of the interpolators, LDM and STM at 1 + N and taken branches at 2;
// q = floor(n_groups / 4), r = n_groups mod 4, odd(r) = 0, 25, 44, 65:
//   99 + 8 (4 for r = 2, 0 for 0) + n_blocks * (79 q + odd(r) + 75 + 5 floor((q - 1) / 8)); for q = 0
//   90 + 8 (4 for r = 2) + n_blocks * (odd(r) + 80).
//
// Tried and lost: y one word at a time (48 cycles a block against 43).

    .syntax unified
    .arch armv6s-m
    .thumb

    .equ QUADS, 8           // of the loop
    .equ QUAD_BYTES, 2 + 4 * 28 + 2 * 2
    .equ TABLE_BYTES, 1024  // of a group

    // Registers of the interpolators, from the first one's ACCUM0: those of the one for the first groups of pairs and
    // those of the other.
    .equ INTERP0_ACCUM0, 0xd0000080
    .equ FIRST, 0x00
    .equ SECOND, 0x40
    .equ BASE0, 0x08
    .equ BASE1, 0x0c
    .equ BASE2, 0x10
    .equ POP_LANE1, 0x18
    .equ CTRL_LANE0, 0x2c
    .equ CTRL_LANE1, 0x30
    .equ LANE0, 31 << 10 | 8                        // shift by 8, all bits
    .equ LANE1, 1 << 16 | 9 << 10 | 2 << 5 | 6      // of accumulator 0, shift by 6, bits 2 to 9
    .equ Y0, FIRST + BASE2
    .equ TABLE, SECOND + BASE2

    // Locals, from sp.
    .equ ENTRY, 0           // where a block begins
    .equ QUAD_ENTRY, 4      // and where it goes on behind its odd groups
    .equ Y0_END, 8
    .equ Y1, 12
    .equ SKIPPED, 16        // bytes between blocks
    .equ LOCALS, 20
    // Arguments on the stack, above nine saved registers.
    .equ GROUPS_ARGUMENT, LOCALS + 36
    .equ STRIDE_ARGUMENT, LOCALS + 40
    .equ TABLE_ARGUMENT, LOCALS + 44

// Four rows of a group, whose codes are in `word`: r4 ones above a code, r6 interpolators, r7 table, r8-r11 sums.
.macro codes word, interpolator
    ldr \word, [r7, \word]
    add r8, \word
    .irp sum, r9, r10, r11
    ldr \word, [r6, #\interpolator + POP_LANE1]
    ldr \word, [r7, \word]
    add \sum, \word
    .endr
.endm
.macro first word
    str \word, [r6, #FIRST]
    orrs \word, r4
    lsls \word, \word, #2
    codes \word, FIRST
.endm
.macro second word
    str \word, [r6, #SECOND]
    uxtb \word, \word
    lsls \word, \word, #2
    codes \word, SECOND
.endm

// Adds the low halves of two sums to y0, which is at r7.
.macro add_low first, second
    ldm r7!, {r4, r5}
    uxth r6, \first
    adds r4, r4, r6
    uxth r6, \second
    adds r5, r5, r6
    subs r7, #8
    stm r7!, {r4, r5}
.endm
.macro add_high
    lsrs r0, r0, #16
    adds r4, r4, r0
    lsrs r1, r1, #16
    adds r5, r5, r1
    lsrs r2, r2, #16
    adds r6, r6, r2
.endm

    .section .text.lookup_pair_u32, "ax", %progbits
    .global lookup_pair_u32
    .type lookup_pair_u32, %function
    .balign 4
    .thumb_func
// void lookup_pair_u32(y0, y1, w, n_blocks; n_groups, stride, table)
lookup_pair_u32:
    push {r4-r7, lr}
    mov r4, r8
    mov r5, r9
    mov r6, r10
    mov r7, r11
    push {r4-r7}
    sub sp, #LOCALS
    ldr r6, interpolators
    lsls r3, r3, #4
    adds r3, r3, r0
    str r3, [sp, #Y0_END]
    str r0, [r6, #Y0]
    str r1, [sp, #Y1]
    movs r5, r2
    ldr r3, [sp, #GROUPS_ARGUMENT]
    ldr r1, [sp, #STRIDE_ARGUMENT]
    lsls r2, r3, #2
    subs r1, r1, r2
    str r1, [sp, #SKIPPED]
    // The last quad stands behind the loop, so that its sums may end in low registers.
    adr r4, few
    adds r4, #1
    lsrs r2, r3, #2
    beq 1f
    subs r2, #1
    movs r1, #QUADS - 1
    ands r2, r1
    adds r1, #1
    subs r1, r1, r2
    movs r2, #QUAD_BYTES
    muls r1, r2
    adr r4, quads
    adds r4, r4, r1
    adds r4, #1
1:  str r4, [sp, #QUAD_ENTRY]
    movs r1, #TABLE_BYTES / 128
    lsls r1, r1, #7
    ldr r7, [sp, #TABLE_ARGUMENT]
    lsls r2, r3, #10
    adds r2, r2, r7
    subs r2, r2, r1
    subs r2, r2, r1
    subs r2, r2, r1
    mov r12, r2
    lsls r2, r1, #1
    mov lr, r2
    rsbs r2, r1, #0
    str r2, [r6, #FIRST + BASE1]
    adds r7, r7, r1
    movs r2, #3
    ands r2, r3
    beq 2f
    adr r4, odd_two
    cmp r2, #2
    beq 3f
    subs r7, r7, r1
    adr r4, odd_one
    cmp r2, #1
    beq 3f
    adr r4, odd_three
3:  adds r4, #1
2:  str r4, [sp, #ENTRY]
    str r7, [r6, #TABLE]
    movs r4, #0
    str r4, [r6, #FIRST + BASE0]
    str r4, [r6, #SECOND + BASE0]
    str r4, [r6, #SECOND + BASE1]
    ldr r4, lane0
    str r4, [r6, #FIRST + CTRL_LANE0]
    str r4, [r6, #SECOND + CTRL_LANE0]
    ldr r4, lane1
    str r4, [r6, #FIRST + CTRL_LANE1]
    str r4, [r6, #SECOND + CTRL_LANE1]
    movs r4, #255
    mvns r4, r4
    b next_block

    .balign 4
interpolators:
    .word INTERP0_ACCUM0
lane0:
    .word LANE0
lane1:
    .word LANE1

    // r4 ones above a code, r5 w, r6 interpolators, r7 the table of the pair's second group, r12 that in the last quad,
    // lr step of the table. A single group goes as the second of a pair.
    .balign 4
odd_one:
    ldm r5!, {r0}
    second r0
    add r7, lr
    ldr r0, [sp, #QUAD_ENTRY]
    bx r0

    .balign 4
odd_three:
    ldm r5!, {r0}
    second r0
    add r7, lr
    .balign 4
odd_two:
    ldm r5!, {r0, r1}
    first r0
    second r1
    add r7, lr
    ldr r0, [sp, #QUAD_ENTRY]
    bx r0

    .balign 4
few: // less than a quad
    mov r0, r8
    mov r1, r9
    mov r2, r10
    mov r3, r11
    b store

    .balign 4
quads:
    .rept QUADS
    ldm r5!, {r0-r3}
    first r0
    second r1
    add r7, lr
    first r2
    second r3
    add r7, lr
    .endr
    cmp r7, r12
    bne again
    ldm r5!, {r0-r3}
    first r0
    second r1
    add r7, lr
    first r2
    str r3, [r6, #SECOND]
    uxtb r0, r3
    lsls r0, r0, #2
    ldr r0, [r7, r0]
    add r0, r8
    ldr r1, [r6, #SECOND + POP_LANE1]
    ldr r1, [r7, r1]
    add r1, r9
    ldr r2, [r6, #SECOND + POP_LANE1]
    ldr r2, [r7, r2]
    add r2, r10
    ldr r3, [r6, #SECOND + POP_LANE1]
    ldr r3, [r7, r3]
    add r3, r11
store:
    mov r8, r5
    mov r9, r6
    ldr r7, [r6, #Y0]
    add_low r0, r1
    add_low r2, r3
    mov r6, r9
    str r7, [r6, #Y0]
    ldr r7, [sp, #Y1]
    ldm r7!, {r4-r6}
    add_high
    subs r7, #12
    stm r7!, {r4-r6}
    ldr r4, [r7]
    lsrs r3, r3, #16
    adds r4, r4, r3
    stm r7!, {r4}
    str r7, [sp, #Y1]
    mov r6, r9
    ldr r7, [r6, #Y0]
    ldr r0, [sp, #Y0_END]
    cmp r7, r0
    beq done
    mov r5, r8
    ldr r0, [sp, #SKIPPED]
    adds r5, r5, r0
    movs r4, #255
    mvns r4, r4
next_block:
    movs r0, #0
    mov r8, r0
    mov r9, r0
    mov r10, r0
    mov r11, r0
    ldr r7, [r6, #TABLE]
    ldr r0, [sp, #ENTRY]
    bx r0
again:
    b quads

done:
    add sp, #LOCALS
    pop {r4-r7}
    mov r8, r4
    mov r9, r5
    mov r10, r6
    mov r11, r7
    pop {r4-r7, pc}
    .size lookup_pair_u32, . - lookup_pair_u32
