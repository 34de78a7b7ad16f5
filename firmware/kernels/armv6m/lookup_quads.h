// The groups of a block on Armv6-M: what its lookup_u16 and lookup_pair_u32 share.
// clang-format off
#ifndef TLM_ARMV6M_LOOKUP_QUADS_H
#define TLM_ARMV6M_LOOKUP_QUADS_H

    .equ SLOT_BYTES, 34
    .equ QUAD_BYTES, 2 + 4 * SLOT_BYTES
    .equ HAS_PAIRS, 0

#include "lookup_asm.h"

// Four rows of a group, whose codes are in `word`: r4 code, then entry; r6 mask, r7 table, r8-r11 sums, lr step.
.macro slot word
    lsls r4, \word, #CODE_SHIFT
    ands r4, r6
    load_entry r4, r4
    add r8, r4
    lsrs r4, \word, #8 - CODE_SHIFT
    ands r4, r6
    load_entry r4, r4
    add r9, r4
    lsrs r4, \word, #16 - CODE_SHIFT
    ands r4, r6
    load_entry r4, r4
    add r10, r4
    lsrs \word, \word, #24
    lsls \word, \word, #CODE_SHIFT
    load_entry \word, \word
    add r11, \word
    add r7, lr
.endm
// The last one: codes in r3, sums in r0-r3.
.macro last_slot
    lsls r0, r3, #CODE_SHIFT
    ands r0, r6
    load_entry r0, r0
    add r0, r8
    lsrs r1, r3, #8 - CODE_SHIFT
    ands r1, r6
    load_entry r1, r1
    add r1, r9
    lsrs r2, r3, #16 - CODE_SHIFT
    ands r2, r6
    load_entry r2, r2
    add r2, r10
    lsrs r3, r3, #24
    lsls r3, r3, #CODE_SHIFT
    load_entry r3, r3
    add r3, r11
.endm

// The groups of a block: r5 w, r6 mask, r7 table, lr step of the table. What follows has the sums in r0-r3.
.macro look_up
    odd_groups
    .balign 4
quads:
    .rept QUADS - 1
    ldm r5!, {r0-r3}
    slot r0
    slot r1
    slot r2
    slot r3
    .endr
    ldm r5!, {r0-r3}
    slot r0
    slot r1
    slot r2
    last_slot
.endm

#endif
