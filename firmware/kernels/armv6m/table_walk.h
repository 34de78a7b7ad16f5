// What builds tables of two vectors on Armv6-M: columns in halves of words, steps of the pointer.
// clang-format off
#ifndef TLM_ARMV6M_TABLE_WALK_H
#define TLM_ARMV6M_TABLE_WALK_H

#include "function.h"

// Column `k` of both vectors, x0 in the low half and x1 in the high one; r6 x0, r7 x1; r4 is used up.
.macro column k, to
    movs \to, #\k
    ldrsb r4, [r6, \to]
    ldrsb \to, [r7, \to]
    lsls \to, \to, #16
    adds \to, \to, r4
.endm

// A column that the walk moves along: itself in `up` and its opposite in `down`; r1 less it. r5 is used up.
.macro walked_column k, up, down
    column \k, r5
    mov \up, r5
    subs r1, r1, r5
    rsbs r5, r5, #0
    mov \down, r5
.endm

// The pointer, which stands behind WORDS words, to those `bytes` from where they began.
.macro step_pointer bytes
    .if \bytes > 4 * WORDS + 510
    adds r0, #255
    adds r0, #255
    adds r0, #\bytes - 4 * WORDS - 510
    .elseif \bytes > 4 * WORDS + 255
    adds r0, #255
    adds r0, #\bytes - 4 * WORDS - 255
    .elseif \bytes > 0
    adds r0, #\bytes - 4 * WORDS
    .elseif \bytes < 4 * WORDS - 255
    subs r0, #255
    subs r0, #4 * WORDS - 255 - (\bytes)
    .else
    subs r0, #4 * WORDS - (\bytes)
    .endif
.endm

#endif
