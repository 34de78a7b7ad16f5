// lookup_u16: four rows at a time, sums in upper halves of four registers, two entries an addition.
//
// Groups 2 i and 2 i + 1, a pair, share a table of words: the even one's entries are low halves, the odd one's high.
// An even entry comes by LDRH, an odd one by LDR, and UMAAL of the even one by 2^16 adds both to the upper half of a
// sum in 1 cycle; the lower half gathers what the odd words hold below, less than 2^16 for 32 of them. A slot is a
// pair of four rows: 8 LDRB, 4 LDRH, 4 LDR in two runs of 9 cycles for 8, 4 UMAAL and 1 ADD that steps the table: 23
// cycles, 0.575 a t5 weight. What steps an address stands ahead of the UMAAL, not just before a load, and opcodes of
// 32 bits start on words.
//
// A block's first pair stands behind what ends a block. Its 16 loads are one run, since the registers of sums are
// still free, and it begins the sums. From there a block enters a pass, 11 or 12 slots in one straight line, so that
// the rest of the pairs runs. An odd last group comes last, when w and table point at it.
//
// There are four lines: for a number of groups that is even or odd, and for sums that begin with `start` or with what
// y holds. An upper half has room for 51 groups: of more, what has been summed goes to y before the last pass, and the
// rest is added to that. What repeats for each block stays in the code cache of an STM32F4, 64 lines of 16 bytes,
// hence the numbers of slots.
//
// Cost of a call on a Cortex-M4 at zero wait states, from two groups on: n_blocks (23 floor(n_groups / 2) + S + 5 P +
// 13) + 104 cycles, and 13 a block for an odd group; P passes a block, ceil((floor(n_groups / 2) - 1) / slots) but at
// least 1, and S steps of w, which follow the slots 3 and 7 of each pass. Of sums that begin with what y holds 6 more
// a block; of more than 51 groups 26, or 31 with what y holds.
//
// The end of a block holds all it needs in registers but the table and where to go on; the number of blocks that
// follow is in the low bits of the address that ends a pass.
//
// Lost: armv7m's, an ADD for each entry and all loads in one run, which needs a register that 2^16 takes here (26
// cycles a slot). Lost by count: one line whose ends stand behind a jump (6 cycles a block); three slots in four runs
// of 12 loads, which takes the registers of the ends (2 cycles less for three slots, 6 more a block).
#include "line.h"

    .equ TABLE_BYTES, 1024 // of a pair; Twin: tableEntries in host-tools/contracts/image.ts, of 2 bytes.
    .equ SLOT_CODES, 8
    .equ START_SLOTS, 12
    .equ Y_SLOTS, 11
    .equ SLOT_BYTES, 68
    .equ HALF_GROUPS, 51 // Twin: TLM_PAIR_GROUPS_MAX in lookup.h.

    // From sp.
    .equ STEP, 0 // of w from a block's first pair to the slot where it enters
    .equ ENTRY, 4
    .equ LOCALS, 8
    .equ TABLE, LOCALS + 36 // arguments, above nine saved registers
    .equ START, LOCALS + 40
    .equ ADDS, LOCALS + 44

// The entries of rows `row` and `row` + 1: even ones in r0 and r2, odd ones in r1 and r3; r4 w, r5 table.
.macro load_two place, row
    ldrb.n r0, [r4, #\place + \row]
    ldrb.n r1, [r4, #\place + \row + 4]
    ldrb.n r2, [r4, #\place + \row + 1]
    ldrb.n r3, [r4, #\place + \row + 5]
    ldrh.w r0, [r5, r0, lsl #2]
    ldr.w r1, [r5, r1, lsl #2]
    ldrh.w r2, [r5, r2, lsl #2]
    ldr.w r3, [r5, r3, lsl #2]
.endm
// r8-r11 sums, r7 2^16. The step of w follows the loads, if there is one.
.macro slot place, step
    load_two \place, 0
    umaal r8, r1, r0, r7
    umaal r9, r3, r2, r7
    load_two \place, 2
    .if \step
    adds.w r4, r4, #\step
    .endif
    add.w r5, r5, #TABLE_BYTES
    umaal r10, r1, r0, r7
    umaal r11, r3, r2, r7
.endm
// The first pair of a block, whose codes are at r4 + place, and on to the slot where it enters.
.macro first_pair place
    ldr.w r5, [sp, #TABLE]
    ldrb.w r0, [r4, #\place]
    ldrb.w r1, [r4, #\place + 1]
    ldrb.w r2, [r4, #\place + 2]
    ldrb.w r3, [r4, #\place + 3]
    ldrb.w r8, [r4, #\place + 4]
    ldrb.w r9, [r4, #\place + 5]
    ldrb.w r10, [r4, #\place + 6]
    ldrb.w r11, [r4, #\place + 7]
    ldrh.w r0, [r5, r0, lsl #2]
    ldrh.w r1, [r5, r1, lsl #2]
    ldrh.w r2, [r5, r2, lsl #2]
    ldrh.w r3, [r5, r3, lsl #2]
    ldr.w r8, [r5, r8, lsl #2]
    ldr.w r9, [r5, r9, lsl #2]
    ldr.w r10, [r5, r10, lsl #2]
    ldr.w r11, [r5, r11, lsl #2]
    add.w r8, r8, r0, lsl #16
    add.w r9, r9, r1, lsl #16
    ldr.n r0, [sp, #STEP]
    ldr.n r1, [sp, #ENTRY]
    add.w r10, r10, r2, lsl #16
    add.w r11, r11, r3, lsl #16
    add.n r4, r0
    add.w r5, r5, #TABLE_BYTES
    bx r1
.endm
// The entries of an odd last group, whose codes are at r4 + place: r0-r3.
.macro load_odd place
    ldrb.w r0, [r4, #\place]
    ldrb.w r1, [r4, #\place + 1]
    ldrb.w r2, [r4, #\place + 2]
    ldrb.w r3, [r4, #\place + 3]
    ldrh.w r0, [r5, r0, lsl #2]
    ldrh.w r1, [r5, r1, lsl #2]
    ldrh.w r2, [r5, r2, lsl #2]
    ldrh.w r3, [r5, r3, lsl #2]
.endm
.macro store a, b, c, d
    str.w \b, [r12, #4]
    str.w \c, [r12, #8]
    str.w \d, [r12, #12]
    str.w \a, [r12], #16
.endm
.macro sums_to_r0_to_r3
    add.w r0, r0, r8, lsr #16
    add.w r1, r1, r9, lsr #16
    add.w r2, r2, r10, lsr #16
    add.w r3, r3, r11, lsr #16
.endm

// r4 pairs but the first, r1 w.
.macro begin pass, odd
    find_entry
    adr.w r3, \pass
    add r3, r8
    adds r3, #1 // Thumb
    add r9, r9, #BEHIND + SLOT_CODES + 4 * \odd
    strd r9, r3, [sp, #STEP]
    sub.w r4, r1, #BEHIND + 4 * \odd
    mov r7, #0x10000
.endm

// Sums that begin with r6; r12 y, lr the end of the pairs' tables less the number of blocks behind this.
.macro line_from_start odd
    set_slots START_SLOTS
    begin .Lpass\@, \odd
    b.w .Lfirst\@
    .balign 16
.Lnext\@:
    adds.w r4, r4, #BEHIND
.Lpass\@:
    slots
    cmp.w r5, lr
    blo.w .Lnext\@
    .if \odd
    load_odd BEHIND
    sums_to_r0_to_r3
    add.n r0, r6
    add.n r1, r6
    add.n r2, r6
    add.n r3, r6
    beq.w 98f
    add.w lr, lr, #1
    store r0, r1, r2, r3
    .else
    add.w r8, r6, r8, lsr #16
    add.w r9, r6, r9, lsr #16
    add.w r10, r6, r10, lsr #16
    add.w r11, r6, r11, lsr #16
    beq.w 98f
    add.w lr, lr, #1
    store r8, r9, r10, r11
    .endif
.Lfirst\@:
    first_pair BEHIND + 4 * \odd
98: .if \odd
    stm r12, {r0-r3}
    .else
    stm r12, {r8-r11}
    .endif
    add sp, #LOCALS
    pop {r4-r11, pc}
.endm

// Sums that are added to what y holds; r12 y, r6 that of the last block, lr the table before which sums go to y, or,
// if they need not, what no table is.
.macro line_from_y odd
    set_slots Y_SLOTS
    begin .Lpass\@, \odd
    b.w .Lfirst\@
    // Sums go to y.
    .balign 16
.Lmove\@:
    ldrd r0, r1, [sp, #START]
    cbnz r1, 97f
    add.w r8, r0, r8, lsr #16
    add.w r9, r0, r9, lsr #16
    add.w r10, r0, r10, lsr #16
    add.w r11, r0, r11, lsr #16
    str.w r8, [r12]
    str.w r9, [r12, #4]
    str.w r10, [r12, #8]
    str.w r11, [r12, #12]
    b 96f
97: ldm r12, {r0-r3}
    sums_to_r0_to_r3
    stm r12, {r0-r3}
96: mov.w r8, #0
    mov.w r9, #0
    mov.w r10, #0
    mov.w r11, #0
    .balign 16 // nothing to fill
.Lnext\@:
    adds.w r4, r4, #BEHIND
.Lpass\@:
    slots
    cmp.w r5, lr
    blo.w .Lnext\@
    beq.w .Lmove\@
    .if \odd
    load_odd BEHIND
    sums_to_r0_to_r3
    ldm.w r12, {r8-r11}
    cmp.n r12, r6
    add.n r0, r8
    add.n r1, r9
    add.n r2, r10
    add.n r3, r11
    .else
    ldm.w r12, {r0-r3}
    cmp.n r12, r6
    sums_to_r0_to_r3
    .endif
    beq.w 98f
    store r0, r1, r2, r3
.Lfirst\@:
    first_pair BEHIND + 4 * \odd
98: stm r12, {r0-r3}
    add sp, #LOCALS
    pop {r4-r11, pc}
.endm

    function lookup_u16
// void lookup_u16(int32_t *y, const uint8_t *w, size_t n_blocks, size_t n_groups, const uint16_t *table,
//                 struct tlm_beginning beginning)
    push {r4-r11, lr}
    sub sp, #LOCALS
    ldr r5, [sp, #TABLE]
    ldrd r6, r7, [sp, #START]
    mov r12, r0
    lsrs r4, r3, #1
    beq.w 9f
    add lr, r5, r4, lsl #10
    subs r4, #1 // but the first
    // Which line.
    cmp r7, #0
    bne.w 3f
    cmp r3, #HALF_GROUPS
    bhi.w 4f
    cmp r2, #START_SLOTS * TABLE_BYTES // else lr would be a table before the last pass
    bhi.w 2f
    sub lr, lr, r2
    add lr, lr, #1
    lsls r3, r3, #31
    bne.w .Lodd_from_start
    line_from_start 0

2:  add r2, r0, r2, lsl #4
1:  str r6, [r0], #4
    cmp r0, r2
    bne 1b
    sub r6, r2, #16
    b 5f
3:  cmp r3, #HALF_GROUPS
    bhi 4f
    add r6, r0, r2, lsl #4
    subs r6, #16
5:  sub lr, lr, #TABLE_BYTES / 2
    b 6f
4:  add r6, r0, r2, lsl #4
    subs r6, #16
    sub lr, lr, #Y_SLOTS * TABLE_BYTES
6:  lsls r3, r3, #31
    bne.w .Lodd_from_y
    line_from_y 0

    // A single group, row by row.
9:  lsls r2, r2, #2
1:  ldrb r3, [r1], #1
    cbz r7, 2f
    ldr r6, [r0]
2:  ldrh.w r3, [r5, r3, lsl #2]
    add r3, r6
    str r3, [r0], #4
    subs r2, #1
    bne 1b
    add sp, #LOCALS
    pop {r4-r11, pc}

.Lodd_from_start:
    line_from_start 1
.Lodd_from_y:
    line_from_y 1
    .size lookup_u16, . - lookup_u16
