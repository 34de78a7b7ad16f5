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
// still free, and it begins the sums. From there a block enters a pass, SLOTS slots in one straight line, so that the
// rest of the pairs runs. An odd last group comes last, when w and table point at it.
//
// All share that line, for size: numbers of groups that are even or odd, and sums that begin with `start` or with what
// y holds. What tells them apart is in the low bits of the address that ends a pass, with the number of blocks that
// follow. It is beyond the end in the last block, so no other block asks whether it is the last one: that has an end of
// its own, where the next pass is asked for. What repeats for each block stays in the code cache of an STM32F4, 64
// lines of 16 bytes; hence, with an odd group and what y holds, the first pair is a slot as well and sums begin with 0.
// An odd group and `start` fill those lines to the byte, hence branches of 16 bits.
//
// An upper half has room for 51 groups: of more, each block is a call for PART_GROUPS of them and one for the rest.
//
// Cost of a call on a Cortex-M4 at zero wait states, from two groups on: n_blocks (23 floor(n_groups / 2) + S + 8 P +
// E) + 128 cycles; P passes a block, ceil((floor(n_groups / 2) - 1) / SLOTS) but at least 1, S steps of w, which
// follow the slots 3 and 7 of each pass. E is 14 for an even number of groups and 25 for an odd one. With what y holds
// it is 26 or 39, and the call 116; for an odd number P and S are then those of one pair more.
//
// Lost: armv7m's, an ADD for each entry and all loads in one run, which needs a register that 2^16 takes here (26
// cycles a slot). Lost by count: three slots in four runs of 12 loads, which takes the registers of the ends (2 cycles
// less for three slots, 6 more a block). Lost by size: four lines (2 to 10 cycles less a block, 2,900 bytes more).
#include "line.h"

    .equ TABLE_BYTES, 1024 // of a pair; Twin: tableEntries in host-tools/contracts/image.ts, of 2 bytes.
    .equ SLOT_BYTES, 68
    .equ SLOT_CODES, 8
    set_slots 12
    .equ HALF_GROUPS, 51 // Twin: TLM_PAIR_GROUPS_MAX in lookup.h.
    .equ PART_GROUPS, 50 // of more; whole pairs
    .equ MOST_BLOCKS, SLOTS * TABLE_BYTES / 4 // of more, lr would be a table before the last pass
    .equ PASSES, 3
    .equ MANY_LOCALS, 16 // three arguments
    .equ MANY_BLOCKS, 12

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
    ldr.n r5, [sp, #TABLE] // what is ahead of it ends amid a word
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
.macro load_odd size, place
    ldrb.\size r0, [r4, #\place]
    ldrb.\size r1, [r4, #\place + 1]
    ldrb.\size r2, [r4, #\place + 2]
    ldrb.\size r3, [r4, #\place + 3]
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
.macro add_r8_to_r11
    add.n r0, r8
    add.n r1, r9
    add.n r2, r10
    add.n r3, r11
.endm
.macro sums_to_r0_to_r3
    add.w r0, r0, r8, lsr #16
    add.w r1, r1, r9, lsr #16
    add.w r2, r2, r10, lsr #16
    add.w r3, r3, r11, lsr #16
.endm


    function lookup_u16
// void lookup_u16(int32_t *y, const uint8_t *w, size_t n_blocks, size_t n_groups, const uint16_t *table,
//                 struct tlm_beginning beginning)
    cmp r3, #HALF_GROUPS
    bhi.w .Lmany
    cmp r2, #MOST_BLOCKS
    bhi.w .Lmany
    push {r4-r11, lr}
    sub sp, #LOCALS
    ldr r5, [sp, #TABLE]
    ldrd r6, r7, [sp, #START]
    mov r12, r0
    lsrs r4, r3, #1
    beq.w .Lsingle
    // lr: the end of the pairs' tables, less 4 for each block behind this, plus 1 for an odd group and 2 for sums that
    // are added, or 4 for neither: more than the end in the last block only.
    add lr, r5, r4, lsl #10
    and r3, r3, #1
    sub lr, lr, r2, lsl #2
    orrs r2, r3, r7, lsl #1
    it eq
    moveq r2, #4
    add lr, lr, r2
    add lr, lr, #4
    // All pairs for an odd group with sums that are added, else all but the first.
    and r11, r3, r7
    subs r4, #1
    add r4, r4, r11
    find_entry PASSES
    adr.w r2, .Lpass
    add r2, r8
    adds r2, #1 // Thumb
    add r9, r9, #BEHIND + SLOT_CODES
    add r9, r9, r3, lsl #2
    sub r9, r9, r11, lsl #3
    strd r9, r2, [sp, #STEP]
    sub.w r4, r1, #BEHIND
    mov r7, #0x10000
    cmp r3, #0
    beq.w .Lfirst
    subs r4, #4
    cmp r11, #0
    beq.w .Lfirst_odd
    b.w .Lzero

    .balign 16
.Lnext:
    sub.w r0, lr, r5
    adds.n r4, #BEHIND
    cmp.n r0, #4
    bls.w .Llast
.Lpass:
    slots
    cmp.n r5, lr
    blo.w .Lnext
    lsls.w r0, lr, #31 // N odd, C adds
    add.w lr, lr, #4
    bpl.n .Leven
    load_odd w, BEHIND
    sums_to_r0_to_r3
    bcs.n .Lodd_adds
    add.n r0, r6
    add.n r1, r6
    add.n r2, r6
    add.n r3, r6
    store r0, r1, r2, r3
.Lfirst_odd:
    first_pair BEHIND + 4
.Lodd_adds:
    ldm.w r12, {r8-r11}
    add_r8_to_r11
    stm.w r12!, {r0-r3}
.Lzero:
    mov.w r8, #0
    mov.w r9, #0
    mov.w r10, #0
    mov.w r11, #0
    ldr.n r0, [sp, #STEP]
    ldr.n r1, [sp, #ENTRY]
    ldr.n r5, [sp, #TABLE]
    add.n r4, r0
    bx r1
    .balign 4
.Leven:
    bcs.n .Ladds
    add.w r8, r6, r8, lsr #16
    add.w r9, r6, r9, lsr #16
    add.w r10, r6, r10, lsr #16
    add.w r11, r6, r11, lsr #16
    store r8, r9, r10, r11
.Lfirst:
    first_pair BEHIND
.Ladds:
    ldm.w r12, {r0-r3}
    sums_to_r0_to_r3
    stm.w r12!, {r0-r3}
    b.w .Lfirst

    // The last block, its odd group at w.
.Llast:
    movs r0, #0
    movs r1, #0
    movs r2, #0
    movs r3, #0
    tst.w lr, #1
    beq.n 1f
    load_odd n, 0
1:  sums_to_r0_to_r3
    tst.w lr, #2
    mov r8, r6
    mov r9, r6
    mov r10, r6
    mov r11, r6
    it ne
    ldmne.w r12, {r8-r11}
    add_r8_to_r11
    stm.w r12, {r0-r3}
    add sp, #LOCALS
    pop {r4-r11, pc}

    // A single group, row by row.
.Lsingle:
    lsls r2, r2, #2
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

    // Parts: of more groups block by block, of more blocks MOST_BLOCKS at a time.
.Lmany:
    push {r4-r11, lr}
    sub sp, #MANY_LOCALS
    mov r4, r0
    mov r5, r1
    mov r6, r2
    mov r7, r3
1:  mov r0, #MOST_BLOCKS
    cmp r7, #HALF_GROUPS
    it hi
    movhi r0, #1
    cmp r0, r6
    it hi
    movhi r0, r6
    str r0, [sp, #MANY_BLOCKS]
    mov r8, r7
    add r9, sp, #MANY_LOCALS + 36
    ldm r9, {r9-r11} // table, start, adds
2:  ldr r2, [sp, #MANY_BLOCKS]
    mov r3, r8
    cmp r3, #HALF_GROUPS
    it hi
    movhi r3, #PART_GROUPS
    stm sp, {r9-r11}
    mov r0, r4
    mov r1, r5
    mul r10, r2, r3
    add r5, r5, r10, lsl #2
    add r9, r9, r3, lsl #9
    sub r8, r8, r3
    bl lookup_u16
    mov r10, #0
    mov r11, #1
    cmp r8, #0
    bne 2b
    ldr r2, [sp, #MANY_BLOCKS]
    add r4, r4, r2, lsl #4
    subs r6, r6, r2
    bne 1b
    add sp, #MANY_LOCALS
    pop {r4-r11, pc}
    .size lookup_u16, . - lookup_u16
