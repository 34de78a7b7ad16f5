// What look-ups share on Armv6-M and on the RP2040: entries, and where a block begins.
// clang-format off
//
// A kernel sets CODE_SHIFT, which makes of a code the bytes to its entry: 1 for half words, 2 for words; and QUADS,
// those of the most groups that it is called for: nothing loops over the groups of a block.
#ifndef TLM_ARMV6M_LOOKUP_ASM_H
#define TLM_ARMV6M_LOOKUP_ASM_H

#include "function.h"

    // Of what sums begin with (lookup/lookup.h): bit 1 is TLM_FROM_WORDS.
    .equ ADDS, 1
    .equ TO_WORDS, 4

// The entry at `place` of the table in r7.
.macro load_entry to, place
    .if CODE_SHIFT == 1
    ldrh \to, [r7, \place]
    .else
    ldr \to, [r7, \place]
    .endif
.endm

// Where a block of r3 groups begins, to r2: a quad, such that the last ones run, or, of what no division by four leaves
// whole, at `odd`, which goes on at r4. r3 is used up.
.macro find_entry
    adds r2, r3, #3
    lsrs r2, r2, #2
    movs r4, #QUADS
    subs r2, r4, r2
    movs r4, #QUAD_BYTES
    muls r2, r4
    adr r4, quads
    adds r2, r2, r4
    adds r2, #1
    rsbs r3, r3, #0
    movs r4, #3
    ands r3, r4 // groups that the first quad lacks
    beq 91f
    movs r4, #SLOT_BYTES
    muls r4, r3
    adds r4, r4, r2
    adds r4, #2
    .if HAS_PAIRS
    movs r2, #2
    ands r2, r3
    adds r4, r4, r2
    .endif
    movs r2, #6
    muls r3, r2
    adr r2, odd
    adds r2, r2, r3
    subs r2, #5
91:
.endm

// The first groups of a block whose first quad lacks one, two or three of four: 6 bytes each.
.macro odd_groups
    .balign 4
odd:
    .irp words, {r1-r3}, {r2-r3}, {r3}
    ldm r5!, \words
    ldr r0, [sp, #QUAD_ENTRY]
    bx r0
    .endr
.endm

// The sums of four rows, from registers.
.macro set_sums first, second, third, fourth
    mov r8, \first
    mov r9, \second
    mov r10, \third
    mov r11, \fourth
.endm

// Of a pair: y0 of two rows, which is at r7, from the low halves of their sums and what they begin with, in r12; r4 and
// r5 are used up.
.macro store_low first, second
    uxth r4, \first
    add r4, r12
    uxth r5, \second
    add r5, r12
    stm r7!, {r4, r5}
.endm
// The same, added to what y0 holds; r6 is used up too.
.macro add_low first, second
    ldr r4, [r7]
    uxth r6, \first
    adds r4, r4, r6
    ldr r5, [r7, #4]
    uxth r6, \second
    adds r5, r5, r6
    stm r7!, {r4, r5}
.endm
// y1 of four rows, which is at r7, from the high halves of r0-r3.
.macro store_high
    .irp sum, r0, r1, r2, r3
    lsrs \sum, \sum, #16
    add \sum, r12
    .endr
    stm r7!, {r0-r3}
.endm
.macro add_high
    .irp sum, r0, r1, r2, r3
    lsrs \sum, \sum, #16
    .endr
    ldm r7!, {r4-r6}
    adds r0, r0, r4
    adds r1, r1, r5
    adds r2, r2, r6
    ldr r4, [r7]
    adds r3, r3, r4
    subs r7, #12
    stm r7!, {r0-r3}
.endm

#endif
