// What look-ups share on Armv6-M and on the RP2040: entries, where a block begins, sums.
// clang-format off
//
// CODE_SHIFT, which a kernel sets, makes of a code the bytes to its entry: 1 for half words, 2 for words.
#ifndef TLM_ARMV6M_LOOKUP_ASM_H
#define TLM_ARMV6M_LOOKUP_ASM_H

#include "function.h"

// The entry at `place` of the table in r7.
.macro load_entry to, place
    .if CODE_SHIFT == 1
    ldrh \to, [r7, \place]
    .else
    ldr \to, [r7, \place]
    .endif
.endm

// Keeps where the quads of r3 groups begin, such that the last ones of the loop run, or `few` where there are none.
// The last quad stands behind the loop, so that its sums may end in low registers. The place is in r4 too; r1 and
// `spare` are used up.
.macro find_quads spare
    adr r4, few
    adds r4, #1
    lsrs \spare, r3, #2
    beq 91f
    subs \spare, #1
    movs r1, #QUADS - 1
    ands \spare, r1
    adds r1, #1
    subs r1, r1, \spare
    movs \spare, #QUAD_BYTES
    muls r1, \spare
    adr r4, quads
    adds r4, r4, r1
    adds r4, #1
91: str r4, [sp, #QUAD_ENTRY]
.endm

// The sums to r0-r3, and from them.
.macro sums_to_low
    mov r0, r8
    mov r1, r9
    mov r2, r10
    mov r3, r11
.endm
.macro sums_from_low
    mov r8, r0
    mov r9, r1
    mov r10, r2
    mov r11, r3
.endm
.macro clear_sums zero
    movs \zero, #0
    mov r8, \zero
    mov r9, \zero
    mov r10, \zero
    mov r11, \zero
.endm

// Adds the low halves of two sums to y0, which is at r7.
.macro add_low first, second
    ldm r7!, {r4, r5}
    uxth r6, \first
    adds r4, r4, r6
    uxth r6, \second
    adds r5, r5, r6
    subs r7, #8
    stm r7!, {r4, r5}
.endm
// Adds the high halves of r0-r3 to y1, which is at r7.
.macro add_high
    ldm r7!, {r4-r6}
    lsrs r0, r0, #16
    adds r4, r4, r0
    lsrs r1, r1, #16
    adds r5, r5, r1
    lsrs r2, r2, #16
    adds r6, r6, r2
    subs r7, #12
    stm r7!, {r4-r6}
    ldr r4, [r7]
    lsrs r3, r3, #16
    adds r4, r4, r3
    stm r7!, {r4}
.endm

#endif
