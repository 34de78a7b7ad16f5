// lookup_u16 with the interpolators of an RP2040 core; kernels/lookup/lookup_u16.c defines it.
//
// As kernels/armv6m/lookup_u16.S, but three of the four codes of a word come from an interpolator (RP2040 datasheet
// 2.3.1.6), which shifts, masks and adds, and is written and read in one cycle: lane 0 keeps the word, shifted by a
// code at every POP, lane 1 shows twice the next code plus a base. Groups go in pairs, for which the table moves once:
// it stands at the second group, and the first one's interpolator has -512 for a base. Its first code c is filled with
// ones instead of zeros, which makes it 2 * c - 512 too.
//   1.25 LDM, 1 STR of the word, 2 for the first code, 3 for the others, 4 * (2 LDRH + 1 ADD), 0.5 for the table:
//   19.75 cycles for a group of four rows.
// BASE2, which nothing is computed with, keeps what a block needs: it takes one cycle as well.
//
// Interrupts must leave the interpolators alone; each core has its own two.
//
// Cycles of a call, loads and stores at 2 but 1 of the interpolators, LDM and STM at 1 + N and taken branches at 2;
// q = floor(n_groups / 4), r = n_groups mod 4, odd(r) = 0, 25, 44, 65:
//   95 + 8 (4 for r = 2, 0 for 0) + n_blocks * (79 q + odd(r) + 26 + 5 floor((q - 1) / 8)); for q = 0
//   86 + 8 (4 for r = 2) + n_blocks * (odd(r) + 31).
//
// Tried and lost: one group at a time (20.25 cycles); on paper only, the first code from an interpolator too (a write
// and a read, against two instructions), and addresses instead of codes (the base is a write a group).

    .syntax unified
    .arch armv6s-m
    .thumb

    .equ QUADS, 8           // of the loop
    .equ QUAD_BYTES, 2 + 4 * 28 + 2 * 2
    .equ TABLE_BYTES, 512   // of a group

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
    .equ LANE1, 1 << 16 | 8 << 10 | 1 << 5 | 7      // of accumulator 0, shift by 7, bits 1 to 8
    .equ Y, FIRST + BASE2
    .equ TABLE, SECOND + BASE2

    // Locals, from sp.
    .equ ENTRY, 0           // where a block begins
    .equ QUAD_ENTRY, 4      // and where it goes on behind its odd groups
    .equ Y_END, 8
    .equ LOCALS, 12
    .equ TABLE_ARGUMENT, LOCALS + 36 // above nine saved registers

// Four rows of a group, whose codes are in `word`: r4 ones above a code, r6 interpolators, r7 table, r8-r11 sums.
.macro codes word, interpolator
    ldrh \word, [r7, \word]
    add r8, \word
    .irp sum, r9, r10, r11
    ldr \word, [r6, #\interpolator + POP_LANE1]
    ldrh \word, [r7, \word]
    add \sum, \word
    .endr
.endm
.macro first word
    str \word, [r6, #FIRST]
    orrs \word, r4
    lsls \word, \word, #1
    codes \word, FIRST
.endm
.macro second word
    str \word, [r6, #SECOND]
    uxtb \word, \word
    lsls \word, \word, #1
    codes \word, SECOND
.endm

    .section .text.lookup_u16, "ax", %progbits
    .global lookup_u16
    .type lookup_u16, %function
    .balign 4
    .thumb_func
// void lookup_u16(y, w, n_blocks, n_groups; table)
lookup_u16:
    push {r4-r7, lr}
    mov r4, r8
    mov r5, r9
    mov r6, r10
    mov r7, r11
    push {r4-r7}
    sub sp, #LOCALS
    ldr r6, interpolators
    lsls r2, r2, #4
    adds r2, r2, r0
    str r2, [sp, #Y_END]
    movs r5, r1
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
    lsls r2, r3, #9
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
    movs r7, r0
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
    lsls r0, r0, #1
    ldrh r0, [r7, r0]
    add r0, r8
    ldr r1, [r6, #SECOND + POP_LANE1]
    ldrh r1, [r7, r1]
    add r1, r9
    ldr r2, [r6, #SECOND + POP_LANE1]
    ldrh r2, [r7, r2]
    add r2, r10
    ldr r3, [r6, #SECOND + POP_LANE1]
    ldrh r3, [r7, r3]
    add r3, r11
store:
    ldr r7, [r6, #Y]
    stm r7!, {r0-r3}
    ldr r0, [sp, #Y_END]
    cmp r7, r0
    beq done
next_block:
    str r7, [r6, #Y]
    ldm r7!, {r0-r3}
    mov r8, r0
    mov r9, r1
    mov r10, r2
    mov r11, r3
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
    .size lookup_u16, . - lookup_u16
