// lookup_pair_u32 for Armv6-M; lookup/lookup_pair_u32.c defines it.
//
// As lookup_u16.S, with entries of a word, of which the low half belongs to the first vector: 22.25 cycles for a group
// of four rows and two vectors. The halves are taken apart once a block.
//
// Cycles of a call, loads and stores at 2, LDM and STM at 1 + N and taken branches at 2; q = floor(n_groups / 4),
// r = n_groups mod 4, (r) being 1 unless r is 0:
//   84 + 6 (r) + n_blocks * (89 q + 23 r + 76 + 4 (r) + 5 floor((q - 1) / 8)); 81 + n_blocks * (23 r + 85) for q = 0.
//
// Tried and lost: y one word at a time (48 cycles a block against 44).

    .syntax unified
    .arch armv6s-m
    .thumb

    .equ QUADS, 8           // of the loop
    .equ SLOT_BYTES, 34
    .equ QUAD_BYTES, 2 + 4 * SLOT_BYTES

    // Locals, from sp.
    .equ ENTRY, 0           // where a block begins
    .equ QUAD_ENTRY, 4      // and where it goes on behind its odd groups
    .equ TABLE, 8
    .equ Y0, 12
    .equ Y1, 16
    .equ Y0_END, 20
    .equ SKIPPED, 24        // bytes between blocks
    .equ LOCALS, 28
    .equ GROUPS_ARGUMENT, LOCALS + 36 // above nine saved registers
    .equ STRIDE_ARGUMENT, LOCALS + 40
    .equ TABLE_ARGUMENT, LOCALS + 44

// Four rows of a group, whose codes are in `word`: r4 code, then entry; r6 mask, r7 table, r8-r11 sums, lr step.
.macro slot word
    lsls r4, \word, #2
    ands r4, r6
    ldr r4, [r7, r4]
    add r8, r4
    lsrs r4, \word, #6
    ands r4, r6
    ldr r4, [r7, r4]
    add r9, r4
    lsrs r4, \word, #14
    ands r4, r6
    ldr r4, [r7, r4]
    add r10, r4
    lsrs \word, \word, #24
    lsls \word, \word, #2
    ldr \word, [r7, \word]
    add r11, \word
    add r7, lr
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
    lsls r3, r3, #4
    adds r3, r3, r0
    str r3, [sp, #Y0_END]
    str r0, [sp, #Y0]
    str r1, [sp, #Y1]
    movs r5, r2
    ldr r7, [sp, #TABLE_ARGUMENT]
    str r7, [sp, #TABLE]
    ldr r3, [sp, #GROUPS_ARGUMENT]
    ldr r1, [sp, #STRIDE_ARGUMENT]
    lsls r2, r3, #2
    subs r1, r1, r2
    str r1, [sp, #SKIPPED]
    // The last quad stands behind the loop, so that its sums may end in low registers.
    adr r4, few
    adds r4, #1
    lsrs r6, r3, #2
    beq 1f
    subs r6, #1
    movs r1, #QUADS - 1
    ands r6, r1
    adds r1, #1
    subs r1, r1, r6
    movs r6, #QUAD_BYTES
    muls r1, r6
    adr r4, quads
    adds r4, r4, r1
    adds r4, #1
1:  str r4, [sp, #QUAD_ENTRY]
    movs r1, #3
    ands r1, r3
    beq 2f
    movs r4, #3
    subs r4, r4, r1
    movs r1, #SLOT_BYTES + 2
    muls r1, r4
    adr r4, odd
    adds r4, r4, r1
    adds r4, #1
2:  str r4, [sp, #ENTRY]
    subs r3, #4
    lsls r3, r3, #10
    adds r3, r3, r7
    mov r12, r3
    movs r6, #1
    lsls r6, r6, #10
    mov lr, r6
    subs r6, #4 // 0x3fc
    b next_block

    // r5 w, r6 mask, r7 table, r12 the table of the last quad, lr step of the table.
    .balign 4
odd:
    .rept 3
    ldm r5!, {r0}
    slot r0
    .endr
    ldr r4, [sp, #QUAD_ENTRY]
    bx r4

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
    slot r0
    slot r1
    slot r2
    slot r3
    .endr
    cmp r7, r12
    bne again
    ldm r5!, {r0-r3}
    slot r0
    slot r1
    slot r2
    lsls r0, r3, #2
    ands r0, r6
    ldr r0, [r7, r0]
    add r0, r8
    lsrs r1, r3, #6
    ands r1, r6
    ldr r1, [r7, r1]
    add r1, r9
    lsrs r2, r3, #14
    ands r2, r6
    ldr r2, [r7, r2]
    add r2, r10
    lsrs r3, r3, #24
    lsls r3, r3, #2
    ldr r3, [r7, r3]
    add r3, r11
store:
    ldr r4, [sp, #SKIPPED]
    adds r5, r5, r4
    mov r8, r5
    mov r9, r6
    ldr r7, [sp, #Y0]
    add_low r0, r1
    add_low r2, r3
    str r7, [sp, #Y0]
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
    ldr r7, [sp, #Y0]
    ldr r4, [sp, #Y0_END]
    cmp r7, r4
    beq done
    mov r5, r8
    mov r6, r9
next_block:
    movs r4, #0
    mov r8, r4
    mov r9, r4
    mov r10, r4
    mov r11, r4
    ldr r7, [sp, #TABLE]
    ldr r4, [sp, #ENTRY]
    bx r4
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
