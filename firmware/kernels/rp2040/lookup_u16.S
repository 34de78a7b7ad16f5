// lookup_u16 with the interpolators of an RP2040 core; kernels/lookup/lookup_u16.c defines it.
//
// As kernels/armv6m/lookup_u16.S, but three of the four codes of a word come from an interpolator (RP2040 datasheet
// 2.3.1.6), which shifts, masks and adds, and is written and read in one cycle: lane 0 keeps the word, shifted by a
// code at every POP, lane 1 shows twice the next code plus a base. Groups go in pairs, for which the table moves once:
// it stands at the second group, and the first one's interpolator has -512 for a base. Its first code c is filled with
// ones instead of zeros, which makes it 2 * c - 512 too.
//   1.25 LDM, 1 STR of the word, 2 for the first code, 3 for the others, 4 * (2 LDRH + 1 ADD), 0.5 for the table:
//   19.75 cycles for a group of four rows.
// BASE2, which nothing is computed with, keeps what a block needs: it takes one cycle as well. The groups are in
// lookup_interpolators.h.
//
// Interrupts must leave the interpolators alone; each core has its own two.
//
// Cycles of a call, loads and stores at 2 but 1 of the interpolators, LDM and STM at 1 + N and taken branches at 2;
// q = floor(n_groups / 4), r = n_groups mod 4, odd(r) = 0, 25, 44, 64:
//   105 + 11 (0 for r = 0) + n_blocks * (79 q + odd(r) + 19); if it adds, 3 more and a block 9 more.
//
// Tried and lost: one group at a time (20.25 cycles); on paper only, the first code from an interpolator too (a write
// and a read, against two instructions), and addresses instead of codes (the base is a write a group).

    .equ CODE_SHIFT, 1 // an entry is half a word
    .equ QUADS, 16 // of TLM_IMAGE_CHUNK_GROUPS_MAX groups
#include "lookup_interpolators.h"

    // Locals, from sp.
    .equ END, 0             // behind the codes; 0 if it adds
    .equ ENTRY, 4
    .equ QUAD_ENTRY, 8      // where a block goes on behind its odd groups
    .equ LOCALS, 12
    // Arguments on the stack, above nine saved registers and the locals.
    .equ TABLE_ARGUMENT, LOCALS + 36
    .equ START_ARGUMENT, LOCALS + 40
    .equ ADDS_ARGUMENT, LOCALS + 44

// void lookup_u16(y, w, n_blocks, n_groups; table, beginning)
function lookup_u16
    push_high
    sub sp, #LOCALS
    movs r5, r1
    lsls r4, r3, #2
    muls r2, r4
    adds r1, r1, r2
    ldr r2, [sp, #START_ARGUMENT]
    ldr r4, [sp, #ADDS_ARGUMENT]
    cmp r4, #0
    beq 94f
    movs r2, r1
    movs r1, #0
94: mov r12, r2 // start; if it adds, the end
    str r1, [sp, #END]
    ldr r7, [sp, #TABLE_ARGUMENT]
    begin_look_up
    find_entry
    str r2, [sp, #ENTRY]
    str r4, [sp, #QUAD_ENTRY]
    set_ones
    movs r7, r0
    b next_block

    look_up
    ldr r7, [r6, #Y0]
    stm r7!, {r0-r3}
next_block:
    str r7, [r6, #Y0]
    ldr r0, [sp, #END]
    cmp r5, r0
    bhs adds_or_done
    set_sums r12, r12, r12, r12
    ldr r7, [r6, #TABLE]
    ldr r0, [sp, #ENTRY]
    bx r0

adds_or_done:
    beq done
    cmp r5, r12
    beq done
    ldm r7!, {r0-r3}
    set_sums r0, r1, r2, r3
    ldr r7, [r6, #TABLE]
    ldr r0, [sp, #ENTRY]
    bx r0

done:
    add sp, #LOCALS
    pop_high
    pop {r4-r7, pc}
    .size lookup_u16, . - lookup_u16
