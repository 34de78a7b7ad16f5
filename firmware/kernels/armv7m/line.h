// What the lines of look-ups on Armv7-M are made of: slots, and where a block enters them.
// clang-format off
//
// A kernel sets SLOT_BYTES of a slot's code, SLOT_CODES, the bytes of w that it takes, and the macro `slot place,
// step`. w steps by STEP_CODES, as far as LDRB of 16 bits reaches, but not behind the last slot of a pass.
#ifndef TLM_ARMV7M_LINE_H
#define TLM_ARMV7M_LINE_H

#include "words.h"

    .equ STEP_CODES, 32
    .equ STEP_BYTES, 4 // of its code

// A pass has so many slots from here on; BEHIND is the place of the codes that follow.
.macro set_slots n
    .set SLOTS, \n
    .set BEHIND, (SLOTS * SLOT_CODES - 1) % STEP_CODES + 1
.endm

.macro slots
    .set index, 0
    .rept SLOTS
    .set place, index * SLOT_CODES % STEP_CODES
    .set index, index + 1
    slot place, (index < SLOTS && index * SLOT_CODES % STEP_CODES == 0) * STEP_CODES
    .endr
.endm

// For r4 slots, at most so many passes: in r8 where in the pass, from its start, the first of them stands, and in r9 the
// place of its codes, negative.
.macro find_entry passes=4
    .rept \passes - 1
    cmp r4, #SLOTS
    it hi
    subhi r4, #SLOTS
    .endr
    rsb r4, r4, #SLOTS // those to leave out, all of them for none
    mov r10, #SLOT_BYTES
    and r9, r4, #STEP_CODES / SLOT_CODES - 1
    sub r8, r4, r9
    .if SLOT_CODES == 4 // the steps of w before that slot
    lsr r8, r8, #1
    .endif
    mla r8, r4, r10, r8
    rsb r9, r9, #0
    .if SLOT_CODES == 4
    lsl r9, r9, #2
    .else
    lsl r9, r9, #3
    .endif
    .if BEHIND == STEP_CODES // no step behind the last slot
    cmp r4, #SLOTS
    itt eq
    subeq r8, #STEP_BYTES
    subeq r9, #STEP_CODES
    .endif
.endm

#endif
