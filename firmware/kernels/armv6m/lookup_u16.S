// lookup_u16 for Armv6-M; lookup/lookup_u16.c defines it.
//
// Four rows of a group lie in a word. LDM fetches four words; a code takes two instructions out of its word (a shift
// and a mask, or two shifts), an LDRH and an ADD, which accepts the high registers, so that four sums cost no low one:
//   1.25 LDM, 4 * (2 + 2 LDRH + 1 ADD), 1 step of the table: 22.25 cycles for a group of four rows.
// A block of four rows enters quads of groups such that the last ones run, the first of them where the groups that it
// lacks would end. lookup_quads.h holds them.
//
// Whether it adds costs a block that does not add nothing: it ends at 0, which every address is behind, if it adds.
//
// Cycles of a call, loads and stores at 2, LDM and STM at 1 + N and taken branches at 2; q = floor(n_groups / 4),
// r = n_groups mod 4, odd(r) = 0, 27, 49, 71:
//   86 + 8 (0 for r = 0) + n_blocks * (89 q + odd(r) + 20); if it adds, 3 more and a block 10 more.
//
// Tried and lost: codes by LDRB (3 cycles and a doubling, against 2.31); a loop of eight quads (4 cycles a block, and
// 5 for each further pass).

    .equ CODE_SHIFT, 1 // an entry is half a word
    .equ QUADS, 16 // of TLM_IMAGE_CHUNK_GROUPS_MAX groups
#include "lookup_quads.h"

    // Locals, from sp, in the order in which a block loads them.
    .equ END, 0             // behind the codes; 0 if it adds
    .equ BEGINNING, 4       // of a sum; END if it adds
    .equ ENTRY, 8
    .equ TABLE, 12
    .equ QUAD_ENTRY, 16     // where a block goes on behind its odd groups
    .equ LOCALS, 20
    // Arguments on the stack, above nine saved registers.
    .equ TABLE_ARGUMENT, 36
    .equ START_ARGUMENT, 40
    .equ ADDS_ARGUMENT, 44

// void lookup_u16(y, w, n_blocks, n_groups; table, beginning)
function lookup_u16
    push_high
    mov r12, r0
    movs r5, r1
    lsls r4, r3, #2
    muls r2, r4
    adds r0, r1, r2
    ldr r1, [sp, #START_ARGUMENT]
    ldr r4, [sp, #ADDS_ARGUMENT]
    cmp r4, #0
    beq 92f
    movs r1, r0
    movs r0, #0
92: find_entry
    ldr r3, [sp, #TABLE_ARGUMENT]
    push {r0-r4}
    movs r6, #2
    lsls r4, r6, #8
    mov lr, r4
    subs r6, r4, r6 // 0x1fe
    ldr r4, first
    bx r4

    .balign 4
first:
    .word next_block + 1 // beyond the reach of a branch

    look_up
    mov r4, r12
    stm r4!, {r0-r3}
    mov r12, r4
next_block:
    mov r0, sp
    ldm r0, {r0, r1, r4, r7}
    cmp r5, r0
    bhs adds_or_done
    set_sums r1, r1, r1, r1
    bx r4

adds_or_done:
    beq done
    cmp r5, r1
    beq done
    mov r0, r12
    ldm r0, {r0-r3}
    set_sums r0, r1, r2, r3
    bx r4

done:
    add sp, #LOCALS
    pop_high
    pop {r4-r7, pc}
    .size lookup_u16, . - lookup_u16
