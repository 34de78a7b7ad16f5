// The groups of a block by an RP2040 core's interpolators: what its lookup_u16 and lookup_pair_u32 share.
// clang-format off
#ifndef TLM_RP2040_LOOKUP_INTERPOLATORS_H
#define TLM_RP2040_LOOKUP_INTERPOLATORS_H

    .equ SLOT_BYTES, 28
    .equ QUAD_BYTES, 2 + 4 * SLOT_BYTES + 2 * 2
    .equ HAS_PAIRS, 1 // and two bytes more behind each
    .equ TABLE_BYTES, 256 << CODE_SHIFT // of a group

#include "lookup_asm.h"

    // Registers of the interpolators, from the first one's ACCUM0: those of the one for the first groups of pairs and
    // those of the other.
    .equ INTERP0_ACCUM0, 0xd0000080
    .equ FIRST, 0x00
    .equ SECOND, 0x40
    .equ BASE0, 0x08
    .equ BASE1, 0x0c
    .equ BASE2, 0x10
    .equ POP_LANE1, 0x18
    .equ CTRL_LANE0, 0x2c
    .equ CTRL_LANE1, 0x30
    .equ LANE0, 31 << 10 | 8 // shift by 8, all bits
    // Of accumulator 0, shift by 8 - CODE_SHIFT, bits CODE_SHIFT to CODE_SHIFT + 7.
    .equ LANE1, 1 << 16 | (CODE_SHIFT + 7) << 10 | CODE_SHIFT << 5 | (8 - CODE_SHIFT)
    // What a block needs.
    .equ Y0, FIRST + BASE2
    .equ TABLE, SECOND + BASE2

// Four rows of a group, whose codes are in `word`: r4 ones above a code, r6 interpolators, r7 table, r8-r11 sums.
.macro codes word, interpolator
    load_entry \word, \word
    add r8, \word
    .irp sum, r9, r10, r11
    ldr \word, [r6, #\interpolator + POP_LANE1]
    load_entry \word, \word
    add \sum, \word
    .endr
.endm
.macro first word
    str \word, [r6, #FIRST]
    orrs \word, r4
    lsls \word, \word, #CODE_SHIFT
    codes \word, FIRST
.endm
.macro second word
    str \word, [r6, #SECOND]
    uxtb \word, \word
    lsls \word, \word, #CODE_SHIFT
    codes \word, SECOND
.endm
// The last one: codes in r3, sums in r0-r3.
.macro last_second
    str r3, [r6, #SECOND]
    uxtb r0, r3
    lsls r0, r0, #CODE_SHIFT
    load_entry r0, r0
    add r0, r8
    ldr r1, [r6, #SECOND + POP_LANE1]
    load_entry r1, r1
    add r1, r9
    ldr r2, [r6, #SECOND + POP_LANE1]
    load_entry r2, r2
    add r2, r10
    ldr r3, [r6, #SECOND + POP_LANE1]
    load_entry r3, r3
    add r3, r11
.endm

.macro set_ones
    movs r4, #255
    mvns r4, r4
.endm

// Sets up the interpolators, to r6, what look_up expects and the table of a block of r3 groups, from that in r7. r2 is
// used up.
.macro begin_look_up
    ldr r6, interpolators
    movs r4, #TABLE_BYTES / 128
    lsls r4, r4, #7
    lsls r2, r4, #1
    mov lr, r2
    rsbs r2, r4, #0
    str r2, [r6, #FIRST + BASE1]
    lsrs r2, r3, #1
    bcs 93f
    adds r7, r7, r4
93: str r7, [r6, #TABLE]
    movs r4, #0
    str r4, [r6, #FIRST + BASE0]
    str r4, [r6, #SECOND + BASE0]
    str r4, [r6, #SECOND + BASE1]
    ldr r4, lane0
    str r4, [r6, #FIRST + CTRL_LANE0]
    str r4, [r6, #SECOND + CTRL_LANE0]
    ldr r4, lane1
    str r4, [r6, #FIRST + CTRL_LANE1]
    str r4, [r6, #SECOND + CTRL_LANE1]
.endm

// The groups of a block: r4 ones above a code, r5 w, r6 interpolators, r7 the table of the pair's second group, lr step
// of the table. An odd first group goes as the second of a pair. What follows has the sums in r0-r3.
.macro look_up
    .balign 4
interpolators:
    .word INTERP0_ACCUM0
lane0:
    .word LANE0
lane1:
    .word LANE1

    odd_groups
    .balign 4
quads:
    .rept QUADS - 1
    ldm r5!, {r0-r3}
    first r0
    second r1
    add r7, lr
    first r2
    second r3
    add r7, lr
    .endr
    ldm r5!, {r0-r3}
    first r0
    second r1
    add r7, lr
    first r2
    last_second
.endm

#endif
