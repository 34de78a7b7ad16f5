// lookup_u16 for Armv6-M; lookup/lookup_u16.c defines it.
//
// Four rows of a group lie in a word. LDM fetches four words; a code takes two instructions out of its word (a shift
// and a mask, or two shifts), an LDRH and an ADD, which accepts the high registers, so that four sums cost no low one:
//   1.25 LDM, 4 * (2 + 2 LDRH + 1 ADD), 1 step of the table: 22.25 cycles for a group of four rows.
// A block of four rows enters an unrolled loop of quads of groups such that the last ones run; what is left of a
// division by four goes first, one word at a time. lookup_quads.h holds them.
//
// Cycles of a call, loads and stores at 2, LDM and STM at 1 + N and taken branches at 2; q = floor(n_groups / 4),
// r = n_groups mod 4, (r) being 1 unless r is 0:
//   77 + 6 (r) + n_blocks * (89 q + 23 r + 29 + 4 (r) + 5 floor((q - 1) / 8)); 74 + n_blocks * (23 r + 38) for q = 0.
//
// Tried and lost: codes by LDRB (3 cycles and a doubling, against 2.31).

    .equ CODE_SHIFT, 1 // an entry is half a word
#include "lookup_quads.h"

    // Locals, from sp.
    .equ ENTRY, 0           // where a block begins
    .equ QUAD_ENTRY, 4      // and where it goes on behind its odd groups
    .equ TABLE, 8
    .equ Y, 12
    .equ Y_END, 16
    .equ LOCALS, 20
    .equ TABLE_ARGUMENT, LOCALS + 36 // above nine saved registers

// void lookup_u16(y, w, n_blocks, n_groups; table)
function lookup_u16
    push_high
    sub sp, #LOCALS
    lsls r2, r2, #4
    adds r2, r2, r0
    str r2, [sp, #Y_END]
    str r0, [sp, #Y]
    ldr r7, [sp, #TABLE_ARGUMENT]
    str r7, [sp, #TABLE]
    movs r5, r1
    find_entry
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

    look_up
store:
    ldr r7, [sp, #Y]
    stm r7!, {r0-r3}
    str r7, [sp, #Y]
    ldr r4, [sp, #Y_END]
    cmp r7, r4
    beq done
next_block:
    ldm r7!, {r0-r3}
    sums_from_low
    ldr r7, [sp, #TABLE]
    ldr r4, [sp, #ENTRY]
    bx r4
again:
    b quads

done:
    add sp, #LOCALS
    pop_high
    pop {r4-r7, pc}
    .size lookup_u16, . - lookup_u16
