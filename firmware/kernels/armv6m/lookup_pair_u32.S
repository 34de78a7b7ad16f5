// lookup_pair_u32 for Armv6-M; lookup/lookup_pair_u32.c defines it.
//
// As lookup_u16.S, with entries of a word, of which the low half belongs to the first vector: 22.25 cycles for a group
// of four rows and two vectors, in lookup_quads.h too. The halves are taken apart once a block.
//
// Cycles of a call, loads and stores at 2, LDM and STM at 1 + N and taken branches at 2; q = floor(n_groups / 4),
// r = n_groups mod 4, (r) being 1 unless r is 0:
//   84 + 6 (r) + n_blocks * (89 q + 23 r + 76 + 4 (r) + 5 floor((q - 1) / 8)); 81 + n_blocks * (23 r + 85) for q = 0.
//
// Tried and lost: y one word at a time (48 cycles a block against 44).

    .equ CODE_SHIFT, 2 // an entry is a word
#include "lookup_quads.h"

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

// void lookup_pair_u32(y0, y1, w, n_blocks; n_groups, stride, table)
function lookup_pair_u32
    push_high
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
    find_entry
    subs r3, #4
    lsls r3, r3, #10
    adds r3, r3, r7
    mov r12, r3
    movs r6, #1
    lsls r6, r6, #10
    mov lr, r6
    subs r6, #4 // 0x3fc
    b next_block

    look_up
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
    add_high
    str r7, [sp, #Y1]
    ldr r7, [sp, #Y0]
    ldr r4, [sp, #Y0_END]
    cmp r7, r4
    beq done
    mov r5, r8
    mov r6, r9
next_block:
    clear_sums r4
    ldr r7, [sp, #TABLE]
    ldr r4, [sp, #ENTRY]
    bx r4
again:
    b quads

done:
    add sp, #LOCALS
    pop_high
    pop {r4-r7, pc}
    .size lookup_pair_u32, . - lookup_pair_u32
