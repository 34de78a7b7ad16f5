// lookup_pair_u32 with the interpolators of an RP2040 core; kernels/lookup/lookup_pair_u32.c defines it.
//
// As lookup_u16.S beside this, with entries of a word, of which the low half belongs to the first vector: 19.75 cycles
// for a group of four rows and two vectors, by the same code. The halves are taken apart once a block.
//
// Interrupts must leave the interpolators alone; each core has its own two.
//
// Cycles of a call, loads and stores at 2 but 1 of the interpolators, LDM and STM at 1 + N and taken branches at 2;
// q = floor(n_groups / 4), r = n_groups mod 4, odd(r) = 0, 25, 44, 64:
//   137 + 11 (0 for r = 0) + n_blocks * (79 q + odd(r) + 51); if it adds, 22 less and a block 25 more; if it leaves
//   words, 22 less and a block 17 less; if it begins with words, 5 more and a block 14 more.

    .equ CODE_SHIFT, 2 // an entry is a word
    .equ QUADS, 13 // of TLM_PAIR_GROUPS_MAX groups
#include "lookup_interpolators.h"

    // Locals, from sp; a block loads the first two at once.
    .equ ENTRY, 0
    .equ SKIPPED, 4         // bytes between blocks
    .equ END, 8             // behind the codes; 0 if it adds, 1 if it leaves words
    .equ QUAD_ENTRY, 12     // where a block goes on behind its odd groups
    .equ TO_Y1, 16          // bytes from behind a block's y0 to its y1
    .equ WORDS_ENTRY, 20    // where a block goes on that begins with words
    .equ LOCALS, 24
    // Arguments on the stack, above nine saved registers and the locals.
    .equ GROUPS_ARGUMENT, LOCALS + 36
    .equ STRIDE_ARGUMENT, LOCALS + 40
    .equ TABLE_ARGUMENT, LOCALS + 44
    .equ START_ARGUMENT, LOCALS + 48
    .equ ADDS_ARGUMENT, LOCALS + 52

// void lookup_pair_u32(y0, y1, w, n_blocks; n_groups, stride, table, beginning)
function lookup_pair_u32
    push_high
    sub sp, #LOCALS
    subs r1, r1, r0
    subs r1, #16
    str r1, [sp, #TO_Y1]
    movs r5, r2
    ldr r1, [sp, #STRIDE_ARGUMENT]
    muls r3, r1
    adds r7, r2, r3
    ldr r3, [sp, #GROUPS_ARGUMENT]
    lsls r2, r3, #2
    subs r1, r1, r2
    str r1, [sp, #SKIPPED]
    subs r7, r7, r1 // behind the codes of the last block
    subs r5, r5, r1
    mov r8, r5
    ldr r1, [sp, #START_ARGUMENT]
    ldr r4, [sp, #ADDS_ARGUMENT]
    movs r2, #ADDS | TO_WORDS
    ands r2, r4
    beq 94f
    movs r1, r7
    lsrs r7, r2, #2
94: mov r12, r1 // start; if it adds or leaves words, the end
    str r7, [sp, #END]
    ldr r7, [sp, #TABLE_ARGUMENT]
    begin_look_up
    str r0, [r6, #Y0]
    find_entry
    str r2, [sp, #ENTRY]
    str r4, [sp, #QUAD_ENTRY]
    ldr r1, [sp, #ADDS_ARGUMENT]
    lsrs r1, r1, #2
    bcc next_block_at_once
    str r2, [sp, #WORDS_ENTRY]
    adr r2, from_words
    adds r2, #1
    str r2, [sp, #ENTRY]
next_block_at_once:
    b next_block

    .balign 4
from_words:
    ldr r0, [r6, #Y0]
    ldm r0, {r0-r3}
    set_sums r0, r1, r2, r3
    ldr r0, [sp, #WORDS_ENTRY]
    bx r0

    look_up
    ldr r7, [sp, #END]
    cmp r5, r7
    bhs adds_or_last
store:
    mov r8, r5
    ldr r7, [r6, #Y0]
    store_low r0, r1
    store_low r2, r3
    str r7, [r6, #Y0]
    ldr r4, [sp, #TO_Y1]
    adds r7, r7, r4
    store_high
next_block:
    mov r0, sp
    ldm r0, {r0, r5}
    add r5, r8
    movs r4, #0
    set_sums r4, r4, r4, r4
    set_ones
    ldr r7, [r6, #TABLE]
    bx r0

adds_or_last:
    beq last
    mov r8, r5
    cmp r7, #0
    bne to_words
    mov r9, r6
    ldr r7, [r6, #Y0]
    add_low r0, r1
    add_low r2, r3
    mov r6, r9
    str r7, [r6, #Y0]
    ldr r4, [sp, #TO_Y1]
    adds r7, r7, r4
    add_high
    mov r6, r9
    cmp r8, r12
    bne next_block
    b done
to_words:
    ldr r7, [r6, #Y0]
    stm r7!, {r0-r3}
    str r7, [r6, #Y0]
    cmp r8, r12
    bne next_block
    b done
last: // which next_block leaves
    adr r4, done
    adds r4, #1
    str r4, [sp, #ENTRY]
    b store

    .balign 4
done:
    add sp, #LOCALS
    pop_high
    pop {r4-r7, pc}
    .size lookup_pair_u32, . - lookup_pair_u32
