// lookup_pair_u32: four rows of two vectors at a time, four sums in registers, two entries an addition; the halves of
// sums part at the end of a block.
//
// UMAAL by 1 adds two entries of a row to its sum in 1 cycle; a sum stays below 2^32, so nothing is left above it. A
// slot is two groups of four rows: 8 LDRB and 8 LDR in two runs of 9 cycles for 8, 4 UMAAL and 2 ADD that step the two
// tables: 24 cycles, 0.3 a t5 weight and vector. lookup_u16.S says why it is as it is.
//
// A block's last group, or its last two of an even number, come first, behind what ends the block before: the tables
// stand at them then, their loads are one run, since the registers of sums are free, and they begin the sums. From
// there a block enters a pass, SLOTS slots in one straight line, so that the rest of the groups runs.
//
// All share that line, for size: numbers of groups that are even or odd, and sums that begin with `start`, with what y
// holds, or with words, and in the first and last case may be left as words. Flags in the stack tell the ends apart;
// words are added on the way from the first groups to the line. What repeats for each block stays in the code cache of
// an STM32F4, 64 lines of 16 bytes. Of SLOTS slots, parts of 17 to 30 groups take two passes.
//
// Cost of a call on a Cortex-M4 at zero wait states: n_blocks (24 floor((n_groups - 1) / 2) + S + 6 P + 42) + about 125
// cycles, and 15 a block for an even number of groups; P passes a block, ceil(floor((n_groups - 1) / 2) / SLOTS) but
// at least 1, and S steps of w, which follow the slot 4 of each pass. With what y holds 21 more a block, from words 18
// more, to words 1 less.
//
// Lost: armv7m's, an ADD for each entry (28 cycles for two groups). Lost by count: UMLAL that steps both tables, by
// two factors of 2^43 + 2^11, whose registers y1 and the end of a pass have (1 cycle less a slot, 5 more a block).
// Lost by size: a line for each of ten cases (5 to 30 cycles less a block, 9,600 bytes more).
#include "line.h"

    .equ TABLE_BYTES, 1024 // Twin: tableEntries in host-tools/contracts/image.ts, of 4 bytes.
    .equ SLOT_BYTES, 72
    .equ SLOT_CODES, 8
    .equ GROUP_CODES, 4

    set_slots 7
    .equ PASSES, (25 + SLOTS - 1) / SLOTS // of 51 groups
    .equ MOST_BLOCKS, SLOTS * 2 * TABLE_BYTES // of more, the address that ends a pass would be before its table
    .equ MANY_LOCALS, 24 // five arguments

    // From sp.
    .equ STEP, 0 // of w from a block's first codes to the slot where it enters
    .equ BEGIN, 4 // where a block goes on behind its first groups: at ENTRY, or first to what y0 holds as words
    .equ EVEN_TABLE, 8 // of that slot
    .equ ODD_TABLE, 12
    .equ APART, 16 // from w in a pass to w of the next block
    .equ Y_APART, 20 // from y1 to y0
    .equ ENTRY, 24
    .equ IS_ODD, 28
    .equ LEAVES, 32 // how sums end: 0 with START, 1 with what y0 and y1 hold, 2 as words
    .equ LOCALS, 36
    .equ GROUPS, LOCALS + 36 // arguments, above nine saved registers
    .equ STRIDE, LOCALS + 40
    .equ TABLE, LOCALS + 44
    .equ START, LOCALS + 48
    .equ ADDS, LOCALS + 52
    .equ FROM_WORDS, 2 // Twin: TLM_FROM_WORDS in lookup.h.
    .equ TO_WORDS, 4 // Twin: TLM_TO_WORDS in lookup.h.

// The entries of rows `row` and `row` + 1: of one group in r0 and r2, of the next in r1 and r3; r4 w, r5 and r6 their
// tables.
.macro load_two place, row
    ldrb.n r0, [r4, #\place + \row]
    ldrb.n r1, [r4, #\place + \row + 4]
    ldrb.n r2, [r4, #\place + \row + 1]
    ldrb.n r3, [r4, #\place + \row + 5]
    ldr.w r0, [r5, r0, lsl #2]
    ldr.w r1, [r6, r1, lsl #2]
    ldr.w r2, [r5, r2, lsl #2]
    ldr.w r3, [r6, r3, lsl #2]
.endm
// r8-r11 sums, r7 1. The step of w follows the loads, if there is one.
.macro slot place, step
    load_two \place, 0
    umaal r8, r0, r1, r7
    umaal r9, r2, r3, r7
    load_two \place, 2
    .if \step
    adds.w r4, r4, #\step
    .endif
    add.w r5, r5, #2 * TABLE_BYTES
    add.w r6, r6, #2 * TABLE_BYTES
    umaal r10, r0, r1, r7
    umaal r11, r2, r3, r7
.endm





.macro load_codes place
    ldrb.n r0, [r4, #\place]
    ldrb.n r1, [r4, #\place + 1]
    ldrb.n r2, [r4, #\place + 2]
    ldrb.n r3, [r4, #\place + 3]
.endm
.macro load_first
    load_codes 0
    ldr.w r8, [r5, r0, lsl #2]
    ldr.w r9, [r5, r1, lsl #2]
    ldr.w r10, [r5, r2, lsl #2]
    ldr.w r11, [r5, r3, lsl #2]
.endm
.macro add_r0_to_r3
    add.n r8, r0
    add.n r9, r1
    add.n r10, r2
    add.n r11, r3
.endm

    function lookup_pair_u32
// void lookup_pair_u32(int32_t *y0, int32_t *y1, const uint8_t *w, size_t n_blocks, size_t n_groups, size_t stride,
//                      const uint32_t *table, struct tlm_beginning beginning)
    cmp r3, #MOST_BLOCKS
    bhi.w .Lmany
    push {r4-r11, lr}
    sub sp, #LOCALS
    mov r12, r1
    ldr r7, [sp, #GROUPS]
    ldr r8, [sp, #STRIDE]
    ldr r5, [sp, #TABLE]
    ldr r6, [sp, #ADDS]
    subs r0, r0, r1
    add r8, r8, #BEHIND
    strd r8, r0, [sp, #APART]
    add r0, r5, #TABLE_BYTES
    strd r5, r0, [sp, #EVEN_TABLE]
    subs r4, r7, #1
    lsrs r4, r4, #1 // slots
    mov r11, r4
    add r5, r5, r4, lsl #11
    find_entry PASSES
    sub r9, r9, r11, lsl #3
    add r4, r2, r11, lsl #3
    sub lr, r5, r3
    add lr, lr, #1 // the first groups' table less the number of blocks behind this
    adr.w r3, .Lpass
    add r3, r8
    adds r3, #1 // Thumb
    strd r9, r3, [sp, #STEP]
    and r7, r7, #1
    strd r3, r7, [sp, #ENTRY]
    lsrs r0, r6, #1
    beq 1f
    // Words.
    lsls r0, r6, #30
    itt mi
    adrmi r3, .Lwords + 1
    strmi r3, [sp, #BEGIN]
    lsrs r6, r6, #2
    lsls r6, r6, #1
1:  str r6, [sp, #LEAVES]
    add r6, r5, #TABLE_BYTES
    cmp r7, #0
    mov r7, #1
    bne.w .Lodd
    b.w .Leven

    .balign 4
    // The words that y0 holds.
.Lwords:
    ldr.n r0, [sp, #Y_APART]
    add.n r0, r12
    ldm r0, {r0-r3}
    add_r0_to_r3
    ldr r0, [sp, #ENTRY]
    bx r0

    .balign 16
.Lnext:
    adds.w r4, r4, #BEHIND
.Lpass:
    slots
    cmp.w r5, lr
    blo.w .Lnext
    ldr.n r3, [sp, #LEAVES]
    ldr.n r0, [sp, #APART]
    ldr.n r2, [sp, #Y_APART]
    ldr.n r1, [sp, #START]
    add.n r4, r0
    add.n r2, r12
    cbnz r3, .Lother
    uxtah r0, r1, r8
    uxtah r3, r1, r9
    str.n r0, [r2]
    str.n r3, [r2, #4]
    uxtah r0, r1, r10
    uxtah r3, r1, r11
    str.n r0, [r2, #8]
    str.n r3, [r2, #12]
    add.w r0, r1, r8, lsr #16
    add.w r3, r1, r9, lsr #16
    add.w r8, r1, r10, lsr #16
    add.w r9, r1, r11, lsr #16
    ldr.n r1, [sp, #IS_ODD]
    str.w r3, [r12, #4]
    str.w r8, [r12, #8]
    str.w r9, [r12, #12]
    str.w r0, [r12], #16
    beq.n .Lreturn
.Lbegin:
    add.w lr, lr, r7
    cbz r1, .Leven
.Lodd:
    load_first
    ldr.n r0, [sp, #STEP]
    ldr.n r1, [sp, #BEGIN]
    ldr.n r5, [sp, #EVEN_TABLE]
    ldr.n r6, [sp, #ODD_TABLE]
    add.n r4, r0
    bx r1
.Lreturn:
    add sp, #LOCALS
    pop {r4-r11, pc}

    // What y0 and y1 hold, or words.
.Lother:
    lsrs r3, r3, #1
    bne.n 2f
    ldm.w r12, {r0, r1, r3, r6}
    add.w r0, r0, r8, lsr #16
    add.w r1, r1, r9, lsr #16
    add.w r3, r3, r10, lsr #16
    add.w r6, r6, r11, lsr #16
    stm.w r12, {r0, r1, r3, r6}
    ldm.w r2, {r0, r1, r3, r6}
    uxtah r8, r0, r8
    uxtah r9, r1, r9
    uxtah r10, r3, r10
    uxtah r11, r6, r11
    add.w r6, r5, #TABLE_BYTES
2:  stm.w r2, {r8-r11}
    ldr.n r1, [sp, #IS_ODD]
    add.w r12, r12, #16
    cmp.n r5, lr
    bne.n .Lbegin
    b.n .Lreturn
    .balign 4
.Leven:
    load_first
    load_codes GROUP_CODES
    ldr.w r0, [r6, r0, lsl #2]
    ldr.w r1, [r6, r1, lsl #2]
    ldr.w r2, [r6, r2, lsl #2]
    ldr.w r3, [r6, r3, lsl #2]
    ldr.n r5, [sp, #EVEN_TABLE]
    ldr.n r6, [sp, #ODD_TABLE]
    add.n r8, r0
    add.n r9, r1
    ldr.n r0, [sp, #STEP]
    ldr.n r1, [sp, #BEGIN]
    add.n r10, r2
    add.n r11, r3
    add.n r4, r0
    bx r1

    // MOST_BLOCKS at a time.
.Lmany:
    push {r4-r8, lr}
    sub sp, #MANY_LOCALS
    mov r4, r0
    mov r5, r1
    mov r6, r2
    mov r7, r3
1:  add r8, sp, #MANY_LOCALS + 24
    ldm r8, {r0-r3, r12}
    stm sp, {r0-r3, r12}
    mov r0, r4
    mov r1, r5
    mov r2, r6
    mov r8, #MOST_BLOCKS
    cmp r7, r8
    it lo
    movlo r8, r7
    mov r3, r8
    bl lookup_pair_u32
    ldr r0, [sp, #4] // stride
    add r4, r4, r8, lsl #4
    add r5, r5, r8, lsl #4
    mla r6, r0, r8, r6
    subs r7, r7, r8
    bne 1b
    add sp, #MANY_LOCALS
    pop {r4-r8, pc}
    .size lookup_pair_u32, . - lookup_pair_u32
