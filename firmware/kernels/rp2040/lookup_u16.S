// lookup_u16 with the interpolators of an RP2040 core; kernels/lookup/lookup_u16.c defines it.
//
// As kernels/armv6m/lookup_u16.S, but three of the four codes of a word come from an interpolator (RP2040 datasheet
// 2.3.1.6), which shifts, masks and adds, and is written and read in one cycle: lane 0 keeps the word, shifted by a
// code at every POP, lane 1 shows twice the next code plus a base. Groups go in pairs, for which the table moves once:
// it stands at the second group, and the first one's interpolator has -512 for a base. Its first code c is filled with
// ones instead of zeros, which makes it 2 * c - 512 too.
//   1.25 LDM, 1 STR of the word, 2 for the first code, 3 for the others, 4 * (2 LDRH + 1 ADD), 0.5 for the table:
//   19.75 cycles for a group of four rows.
// BASE2, which nothing is computed with, keeps what a block needs: it takes one cycle as well. The loop is in
// lookup_interpolators.h.
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

    .equ CODE_SHIFT, 1 // an entry is half a word
#include "lookup_interpolators.h"

    .equ Y, FIRST + BASE2

    // Locals, from sp.
    .equ ENTRY, 0           // where a block begins
    .equ QUAD_ENTRY, 4      // and where it goes on behind its odd groups
    .equ Y_END, 8
    .equ LOCALS, 12
    .equ TABLE_ARGUMENT, LOCALS + 36 // above nine saved registers

// void lookup_u16(y, w, n_blocks, n_groups; table)
function lookup_u16
    push_high
    sub sp, #LOCALS
    ldr r6, interpolators
    lsls r2, r2, #4
    adds r2, r2, r0
    str r2, [sp, #Y_END]
    movs r5, r1
    begin_look_up
    movs r7, r0
    b next_block

    look_up
store:
    ldr r7, [r6, #Y]
    stm r7!, {r0-r3}
    ldr r0, [sp, #Y_END]
    cmp r7, r0
    beq done
next_block:
    str r7, [r6, #Y]
    ldm r7!, {r0-r3}
    sums_from_low
    ldr r7, [r6, #TABLE]
    ldr r0, [sp, #ENTRY]
    bx r0
again:
    b quads

done:
    add sp, #LOCALS
    pop_high
    pop {r4-r7, pc}
    .size lookup_u16, . - lookup_u16
