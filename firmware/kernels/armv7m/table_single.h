// The tables of one vector, built by the loop of those of two: its even groups are the first, its odd ones
// the second.
// clang-format off
#ifndef TLM_TABLE_SINGLE_H
#define TLM_TABLE_SINGLE_H

#include "words.h"

.macro table_single packing, columns
    function table_s8_\packing
// void table_s8_t5(uint16_t *table, const int8_t *x, size_t n_groups)
    lsrs r3, r2, #1
    add r2, r1, #\columns
    mov r12, #2 * \columns
    bcs 1f
    b.w table_pair_s8_\packing\()_by
    // An odd number: x ends with the last group, which is its own second.
1:  push {r4, r5, r6, lr}
    add r4, r0, r3, lsl #10
    mla r5, r3, r12, r1
    cbz r3, 2f
    bl table_pair_s8_\packing\()_by
2:  mov r0, r4
    mov r1, r5
    mov r2, r5
    movs r3, #1
    mov r12, #2 * \columns
    pop {r4, r5, r6, lr}
    b.w table_pair_s8_\packing\()_by
    .size table_s8_\packing, . - table_s8_\packing
.endm

#endif
