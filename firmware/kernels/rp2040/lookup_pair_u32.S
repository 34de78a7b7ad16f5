// lookup_pair_u32 with the interpolators of an RP2040 core; kernels/lookup/lookup_pair_u32.c defines it.
//
// As lookup_u16.S beside this, with entries of a word, of which the low half belongs to the first vector: 19.75 cycles
// for a group of four rows and two vectors, by the same loop. The halves are taken apart once a block.
//
// Interrupts must leave the interpolators alone; each core has its own two.
//
// Cycles of a call, loads and stores at 2 but 1 of the interpolators, LDM and STM at 1 + N and taken branches at 2;
// q = floor(n_groups / 4), r = n_groups mod 4, odd(r) = 0, 25, 44, 65:
//   99 + 8 (4 for r = 2, 0 for 0) + n_blocks * (79 q + odd(r) + 75 + 5 floor((q - 1) / 8)); for q = 0
//   90 + 8 (4 for r = 2) + n_blocks * (odd(r) + 80).
//
// Tried and lost: y one word at a time (48 cycles a block against 43).

    .equ CODE_SHIFT, 2 // an entry is a word
#include "lookup_interpolators.h"

    .equ Y0, FIRST + BASE2

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

// void lookup_pair_u32(y0, y1, w, n_blocks; n_groups, stride, table)
function lookup_pair_u32
    push_high
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
    begin_look_up
    b next_block

    look_up
store:
    mov r8, r5
    mov r9, r6
    ldr r7, [r6, #Y0]
    add_low r0, r1
    add_low r2, r3
    mov r6, r9
    str r7, [r6, #Y0]
    ldr r7, [sp, #Y1]
    add_high
    str r7, [sp, #Y1]
    mov r6, r9
    ldr r7, [r6, #Y0]
    ldr r0, [sp, #Y0_END]
    cmp r7, r0
    beq done
    mov r5, r8
    ldr r0, [sp, #SKIPPED]
    adds r5, r5, r0
    set_ones
next_block:
    clear_sums r0
    ldr r7, [r6, #TABLE]
    ldr r0, [sp, #ENTRY]
    bx r0
again:
    b quads

done:
    add sp, #LOCALS
    pop_high
    pop {r4-r7, pc}
    .size lookup_pair_u32, . - lookup_pair_u32
