// A kernel of n elements of one unit, two a turn: its beginning, its loops and its end.
// clang-format off
//
// r0 out, r1 in, r3 mantissa, r2 places, r6 room of what is shifted first; r7 bits; elements up to r9.
#ifndef TLM_ARMV6M_ELEMENTS_H
#define TLM_ARMV6M_ELEMENTS_H

#include "function.h"
#include "sigmoid_asm.h"

    // Arguments on the stack, above nine saved registers.
    .equ EXPONENT, 36
    .equ N, 40

// The unit from the arguments, its kind in r7; r4-r6 are spare. Units that to_q16 cannot serve go to the function `rarely`.
.macro begin_elements rarely
    push_high
    ldr r4, [sp, #EXPONENT]
    movs r7, r2
    ready_unit r6, r7, r4, .Lrarely
    b .Lbegin
.Lrarely:
    leave_to \rarely
.Lbegin:
    movs r2, r6
.endm

// All elements of a kind, by `one` with the kind and an id; the first alone where the carry is set. `apart` is what
// each id needs out of line.
.macro turns one, apart, kind, even, odd
    bcs 2f
    b 3f
1:  \one \kind, \even
2:  \one \kind, \odd
3:  cmp r0, r9
    bne 1b
    movs r0, r7
    pop_high
    pop {r4-r7, pc}
    \apart \even
    \apart \odd
.endm

// All elements, and the return; `shifts` where units may be shifted first.
.macro all_elements one, apart, shifts
    ldr r4, [sp, #N]
    lsls r5, r4, #2
    adds r5, r0
    mov r9, r5
    movs r6, r7
    movs r7, #0
    cmp r6, #SMALL
    beq .Lsmall
    .if \shifts
    cmp r6, #SCALED
    bne .Lshifted
    .endif
    lsrs r4, #1
    turns \one, \apart, SCALED, a, b
    .if \shifts
.Lshifted:
    lsrs r4, #1
    turns \one, \apart, SHIFTED, c, d
    .endif
.Lsmall:
    lsrs r4, #1
    turns \one, \apart, SMALL, e, f
.endm

#endif
