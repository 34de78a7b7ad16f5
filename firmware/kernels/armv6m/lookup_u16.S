// lookup_u16 for Armv6-M; lookup/lookup_u16.c defines it.
//
// Four rows of a group lie in a word. LDM fetches four words; a code takes two instructions out of its word (a shift
// and a mask, or two shifts), an LDRH and an ADD, which accepts the high registers, so that four sums cost no low one:
//   1.25 LDM, 4 * (2 + 2 LDRH + 1 ADD), 1 step of the table: 22.25 cycles for a group of four rows.
// A block of four rows enters an unrolled loop of quads of groups such that the last ones run; what is left of a
// division by four goes first, one word at a time.
//
// Cycles of a call, loads and stores at 2, LDM and STM at 1 + N and taken branches at 2; q = floor(n_groups / 4),
// r = n_groups mod 4, (r) being 1 unless r is 0:
//   77 + 6 (r) + n_blocks * (89 q + 23 r + 29 + 4 (r) + 5 floor((q - 1) / 8)); 74 + n_blocks * (23 r + 38) for q = 0.
//
// Tried and lost: codes by LDRB (3 cycles and a doubling, against 2.31).

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
    .equ Y, 12
    .equ Y_END, 16
    .equ LOCALS, 20
    .equ TABLE_ARGUMENT, LOCALS + 36 // above nine saved registers

// Four rows of a group, whose codes are in `word`: r4 code, then entry; r6 mask, r7 table, r8-r11 sums, lr step.
.macro slot word
    lsls r4, \word, #1
    ands r4, r6
    ldrh r4, [r7, r4]
    add r8, r4
    lsrs r4, \word, #7
    ands r4, r6
    ldrh r4, [r7, r4]
    add r9, r4
    lsrs r4, \word, #15
    ands r4, r6
    ldrh r4, [r7, r4]
    add r10, r4
    lsrs \word, \word, #24
    lsls \word, \word, #1
    ldrh \word, [r7, \word]
    add r11, \word
    add r7, lr
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
    lsls r2, r2, #4
    adds r2, r2, r0
    str r2, [sp, #Y_END]
    str r0, [sp, #Y]
    ldr r7, [sp, #TABLE_ARGUMENT]
    str r7, [sp, #TABLE]
    movs r5, r1
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
    lsls r3, r3, #9
    adds r3, r3, r7
    mov r12, r3
    movs r6, #2
    lsls r4, r6, #8
    mov lr, r4
    subs r6, r4, r6 // 0x1fe
    movs r7, r0
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
    lsls r0, r3, #1
    ands r0, r6
    ldrh r0, [r7, r0]
    add r0, r8
    lsrs r1, r3, #7
    ands r1, r6
    ldrh r1, [r7, r1]
    add r1, r9
    lsrs r2, r3, #15
    ands r2, r6
    ldrh r2, [r7, r2]
    add r2, r10
    lsrs r3, r3, #24
    lsls r3, r3, #1
    ldrh r3, [r7, r3]
    add r3, r11
store:
    ldr r7, [sp, #Y]
    stm r7!, {r0-r3}
    str r7, [sp, #Y]
    ldr r4, [sp, #Y_END]
    cmp r7, r4
    beq done
next_block:
    ldm r7!, {r0-r3}
    mov r8, r0
    mov r9, r1
    mov r10, r2
    mov r11, r3
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
    .size lookup_u16, . - lookup_u16
