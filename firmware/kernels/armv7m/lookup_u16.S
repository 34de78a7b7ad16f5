// lookup_u16: four rows at a time, four sums in registers, two groups a step.
//
// Groups 2 i and 2 i + 1, a pair, share a table of words: the even one's entries are low halves, the odd one's high. A
// slot is a pair of four rows: 8 LDRB, 4 LDRH, 4 LDR, 8 ADD (of the odd group's words >> 16) and 1 ADD that steps the
// table. All loads stand in one run, because a load overlaps with the load before it: 17 cycles for 16, so 26 for the
// slot, which is 0.65 a t5 weight. What steps an address stands ahead of the additions, not just before a load: there
// it would stall on silicon.
//
// A block's first pair stands behind what ends a block and begins the sums. From there a block enters a pass, SLOTS
// slots in one straight line, so that the rest of the pairs runs; what y holds is added on the way there. An odd last
// group comes last, when w and table point at it: there is a line for a number of groups that is even, and one for
// odd. What repeats for each block stays in the code cache of an STM32F4, 64 lines of 16 bytes, unless an odd group
// and what y holds come together.
//
// Cost of a call on a Cortex-M3 at zero wait states, from two groups on: n_blocks (26 floor(n_groups / 2) + S + 9 P +
// 12) + 101 cycles, and 13 a block for an odd group, 15 for what y holds; P passes a block, ceil((floor(n_groups / 2)
// - 1) / SLOTS) but at least 1, and S steps of w, which follow the slots 3 and 7 of each pass.
//
// Tried and lost: a table for each group (28 cycles for what is 26 here), eight rows with two sums in a register
// (unpacking costs what is won, and halves overflow from 52 groups on), codes cut out of a word (UBFX costs what LDRB
// does), LDRB of 32 bits with w stepped once a pass (fewer slots fit).
#include "line.h"

    .equ TABLE_BYTES, 1024 // of a pair; Twin: tableEntries in host-tools/contracts/image.ts, of 2 bytes.
    .equ SLOT_BYTES, 80
    .equ SLOT_CODES, 8
    set_slots 10

    // From sp.
    .equ STEP, 0 // of w from a block's first pair to the slot where it enters
    .equ BEGIN, 4 // where a block goes on behind its first pair: at ENTRY, or first to what y holds
    .equ ENTRY, 8
    .equ TABLE_END, 12 // of pairs
    .equ Y, 16
    .equ LAST_Y, 20 // of the last block
    .equ LOCALS, 24
    .equ TABLE, LOCALS + 36 // arguments, above nine saved registers
    .equ START, LOCALS + 40
    .equ ADDS, LOCALS + 44

// The entries of a pair, whose codes are at r7 + place: even ones in r0-r3, odd ones in r4-r6 and lr; r12 table.
.macro load_pair size, place
    ldrb.\size r0, [r7, #\place]
    ldrb.\size r1, [r7, #\place + 1]
    ldrb.\size r2, [r7, #\place + 2]
    ldrb.\size r3, [r7, #\place + 3]
    ldrb.\size r4, [r7, #\place + 4]
    ldrb.\size r5, [r7, #\place + 5]
    ldrb.w r6, [r7, #\place + 6]
    ldrb.w lr, [r7, #\place + 7]
    ldrh.w r0, [r12, r0, lsl #2]
    ldrh.w r1, [r12, r1, lsl #2]
    ldrh.w r2, [r12, r2, lsl #2]
    ldrh.w r3, [r12, r3, lsl #2]
    ldr.w r4, [r12, r4, lsl #2]
    ldr.w r5, [r12, r5, lsl #2]
    ldr.w r6, [r12, r6, lsl #2]
    ldr.w lr, [r12, lr, lsl #2]
.endm
.macro add_odd
    add.w r8, r8, r4, lsr #16
    add.w r9, r9, r5, lsr #16
    add.w r10, r10, r6, lsr #16
    add.w r11, r11, lr, lsr #16
.endm
.macro add_r0_to_r3
    add.n r8, r0
    add.n r9, r1
    add.n r10, r2
    add.n r11, r3
.endm
// r8-r11 sums. The step of w follows the loads, if there is one.
.macro slot place, step
    load_pair n, \place
    .if \step
    adds.w r7, r7, #\step
    .endif
    add.w r12, r12, #TABLE_BYTES
    add_r0_to_r3
    add_odd
.endm

// r4 pairs but the first, r1 w.
.macro line odd
    find_entry
    adr.w r3, .Lpass\@
    add r3, r8
    adds r3, #1 // Thumb
    add r9, r9, #BEHIND + SLOT_CODES + 4 * \odd
    str r9, [sp, #STEP]
    str r3, [sp, #ENTRY]
    cbnz r6, 97f
    str r3, [sp, #BEGIN]
97: sub.w r7, r1, #BEHIND + 4 * \odd
    b.w .Lfirst\@
    .balign 16
.Lnext\@:
    adds.w r7, r7, #BEHIND
.Lpass\@:
    slots
    ldr.n r4, [sp, #TABLE_END]
    ldr.n r5, [sp, #Y]
    ldr.n r6, [sp, #LAST_Y]
    cmp.n r12, r4
    blo.w .Lnext\@
    .if \odd
    ldrb.w r0, [r7, #BEHIND]
    ldrb.w r1, [r7, #BEHIND + 1]
    ldrb.w r2, [r7, #BEHIND + 2]
    ldrb.w r3, [r7, #BEHIND + 3]
    ldrh.w r0, [r12, r0, lsl #2]
    ldrh.w r1, [r12, r1, lsl #2]
    ldrh.w r2, [r12, r2, lsl #2]
    ldrh.w r3, [r12, r3, lsl #2]
    add_r0_to_r3
    .endif
    cmp.n r5, r6
    beq.n 98f
    str.w r9, [r5, #4]
    str.w r10, [r5, #8]
    str.w r11, [r5, #12]
    str.w r8, [r5], #16
    str.n r5, [sp, #Y]
.Lfirst\@:
    ldr.w r12, [sp, #TABLE]
    ldr.w r8, [sp, #START]
    load_pair w, BEHIND + 4 * \odd
    add.w r9, r8, r1
    add.w r10, r8, r2
    add.w r11, r8, r3
    add.n r8, r0
    ldr.n r0, [sp, #STEP]
    ldr.n r1, [sp, #BEGIN]
    add_odd
    add.n r7, r0
    add.w r12, r12, #TABLE_BYTES
    bx r1
98: stm r5, {r8-r11}
    add sp, #LOCALS
    pop {r4-r11, pc}
.endm

    function lookup_u16
// void lookup_u16(int32_t *y, const uint8_t *w, size_t n_blocks, size_t n_groups, const uint16_t *table,
//                 struct tlm_beginning beginning)
    push {r4-r11, lr}
    sub sp, #LOCALS
    ldr r5, [sp, #TABLE]
    ldrd r12, r6, [sp, #START]
    lsrs r4, r3, #1
    beq.w 9f
    add r7, r0, r2, lsl #4
    subs r7, #16
    strd r0, r7, [sp, #Y]
    add r7, r5, r4, lsl #10
    str r7, [sp, #TABLE_END]
    adr r7, 5f
    adds r7, #1
    str r7, [sp, #BEGIN]
    subs r4, #1 // but the first
    lsls r3, r3, #31
    bne.w 3f
    line 0

    .balign 4
    // What y holds.
5:  ldr r0, [sp, #Y]
    ldr r4, [sp, #ENTRY]
    ldm r0, {r0-r3}
    add_r0_to_r3
    bx r4

    // A single group, row by row.
9:  lsls r2, r2, #2
1:  ldrb r3, [r1], #1
    cbz r6, 2f
    ldr r12, [r0]
2:  ldrh.w r3, [r5, r3, lsl #2]
    add r3, r12
    str r3, [r0], #4
    subs r2, #1
    bne 1b
    add sp, #LOCALS
    pop {r4-r11, pc}

3:  line 1
    .size lookup_u16, . - lookup_u16
