// Integers as Q16, the logistic function and SiLU of a Q16 word, for kernels in assembly. ref/sigmoid.h and
// ref/unit.h define them.
//
// Integers of rows that have scales come with no room at all, those of rows without so small, up to 258
// columns, that the product fits a word: their shift to the left goes into the one to the right. Whatever
// lies between is shifted first. Products that are to be shifted left are left to ref/.
#ifndef TLM_ARMV6M_SIGMOID_ASM_H
#define TLM_ARMV6M_SIGMOID_ASM_H
// clang-format off

    // Kinds of units: one that is shifted first is told by its room.
    .equ SCALED, 0
    .equ SHIFTED, 1
    .equ SMALL, 32          // no unit has that much room

// r4 as Q16, by a mantissa, places to shift right by and, where it is shifted first, a room in low registers; r12 is
// half of what is shifted out, which fits the sum. r5 is spare, and may be the room. 8 cycles scaled, 9 shifted, 3 small.
.macro to_q16 kind, mantissa, places, room
    .if \kind == SMALL
    muls r4, \mantissa
    .else
    .if \kind == SHIFTED
    lsls r4, \room
    .endif
    uxth r5, r4
    asrs r4, #16
    muls r4, \mantissa
    muls r5, \mantissa
    lsrs r5, #16
    adds r4, r5
    .endif
    add r4, r12
    asrs r4, \places
.endm

// Places from room and exponent, r12, and the kind in place of the room; goes to `rarely` where to_q16 cannot serve. 31
// places round to 0 as more do. r5 is spare.
//
// With a room of 15 the product has 31 bits and a sign: half of what is shifted out fits the sum up to 17 places, and
// below 2 the product would lose a bit before it is rounded. All small ones are held to that.
.macro ready_unit places, room, exponent, rarely
    movs \places, \room
    subs \places, #32
    subs \places, \places, \exponent
    blt \rarely
    cmp \room, #15
    blo 93f
    subs r5, \places, \room
    adds r5, #16 - 2
    cmp r5, #17 - 2
    bhi 93f
    adds \places, r5, #2
    movs \room, #SMALL
93: cmp \places, #31
    bls 94f
    movs \places, #31
94: movs r5, #1
    lsls r5, \places
    lsrs r5, #1
    mov r12, r5
.endm

// Where a kind is shifted first: all words of in, `bytes` of them, shifted into out, and in and kind those of what is
// there then. bytes and `word` are used up. 8 cycles a word.
.macro shift_first kind, out, in, bytes, word
    subs \word, \kind, #1
    cmp \word, #SMALL - 1
    bhs 97f
    b 96f
95: ldr \word, [\in, \bytes]
    lsls \word, \kind
    str \word, [\out, \bytes]
96: subs \bytes, #4
    bhs 95b
    movs \in, \out
    movs \kind, #SCALED
97:
.endm

// r6 = logistic(r4); r5 is spare, r10 what tlm_sigmoid_middle gives. 13 cycles; beyond -8 .. 8 by `beyond` of the
// same id, which stands within reach.
.macro sigmoid id
    asrs r5, r4, #12
    sxtb r6, r5
    cmp r5, r6
    bne .Lbeyond_\id
    lsls r5, #2
    add r5, r10
    ldr r5, [r5]
    lsrs r6, r5, #16
    uxth r5, r5
    muls r6, r4
    asrs r6, #12
    adcs r6, r5
.Lback_\id:
.endm
.macro beyond id
.Lbeyond_\id:
    bl tlm_sigmoid_beyond
    b .Lback_\id
.endm

// r4 = SiLU(r4); r5 and r6 are spare. 19 cycles.
.macro silu id
    sigmoid \id
    uxth r5, r4
    asrs r4, #16
    muls r4, r6
    muls r5, r6
    lsrs r5, #16
    adcs r4, r5
.endm

#endif
