// A pass of a look-up on Armv7-M: slots in one straight line.
// clang-format off
//
// A block enters its first pass so that the rest of its groups runs. A kernel sets SLOTS of a pass, SLOT_BYTES of one's
// code, SLOT_CODES, the bytes of w that it takes, and the macro `slot offset, step`. w steps by 32, as far as LDRB of 16
// bits reaches, and behind the last slot by what is left.
#ifndef TLM_ARMV7M_SLOTS_H
#define TLM_ARMV7M_SLOTS_H

#include "words.h"

    .equ STEP_SLOTS, 32 / SLOT_CODES

.macro pass
    .set index, 0
    .rept SLOTS
    .set place, index % STEP_SLOTS * SLOT_CODES
    .if index == SLOTS - 1
    slot place, place + SLOT_CODES
    .elseif index % STEP_SLOTS == STEP_SLOTS - 1
    slot place, 32
    .else
    slot place
    .endif
    .set index, index + 1
    .endr
.endm

// For r2 slots of 8 codes: where the first pass begins, at a slot of .Lpass or at .Lpassed for none, and in r6 the codes
// between the last step of w and there: w starts behind its codes by those. r4 and `spare` are used up.
.macro find_slot entry, spare
    add r4, r2, #SLOTS - 1
    movs \spare, #SLOTS
    udiv r4, r4, \spare
    mls r4, r4, \spare, r2
    rsbs r4, r4, #0 // slots to leave out
    and r6, r4, #STEP_SLOTS - 1
    lsls r6, r6, #3
    movs \entry, #SLOT_BYTES
    muls \entry, r4
    lsrs r4, r4, #2
    add \entry, \entry, r4, lsl #1 // the steps of w take two bytes
    adr r4, .Lpass
    cbnz r2, 91f
    adr r4, .Lpassed
91: add \entry, r4
    adds \entry, #1 // Thumb
.endm

// The entries of an odd last group, whose codes are at r0, from its table: r0-r3.
.macro load_odd table
    ldrb r1, [r0, #1]
    ldrb r2, [r0, #2]
    ldrb r3, [r0, #3]
    ldrb r0, [r0]
    ldrh.w r1, [\table, r1, lsl #2]
    ldrh.w r2, [\table, r2, lsl #2]
    ldrh.w r3, [\table, r3, lsl #2]
    ldrh.w r0, [\table, r0, lsl #2]
.endm

#endif
