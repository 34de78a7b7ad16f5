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
// There are ten lines: for a number of groups that is even or odd, and for sums that begin with `start`, with what y
// holds, or with words, and in the first and last case may be left as words. What repeats for each block stays in the
// code cache of an STM32F4, 64 lines of 16 bytes, hence the number of slots. The line that adds an even number of
// groups to y fills that, hence LDM and STM there, 1 cycle more each. That from words to y is too long from 26 groups
// on, but behind a part as large these are too many for words.
//
// Cost of a call on a Cortex-M4 at zero wait states: n_blocks (24 floor((n_groups - 1) / 2) + S + 6 P + 37) + 121 to
// 130 cycles, and 13 a block for an even number of groups; P passes a block, ceil(floor((n_groups - 1) / 2) / SLOTS)
// but at least 1, and S steps of w, which follow the slots 4 and 8 of each pass. With what y holds 8 more a block, or
// 12 of an even number; from words 9 more, or 5 of an even number; to words 15 less.
//
// Lost: armv7m's, an ADD for each entry (28 cycles for two groups). Lost by count: UMLAL that steps both tables, by
// two factors of 2^43 + 2^11, whose registers y1 and the end of a pass have (1 cycle less a slot, 5 more a block).
#include "line.h"

    .equ TABLE_BYTES, 1024 // Twin: tableEntries in host-tools/contracts/image.ts, of 4 bytes.
    .equ SLOT_BYTES, 72
    .equ SLOT_CODES, 8
    .equ GROUP_CODES, 4

    set_slots 12
    .equ MOST_BLOCKS, SLOTS * 2 * TABLE_BYTES // of more, the address that ends a pass would be before its table
    .equ MANY_LOCALS, 24 // five arguments

    // From sp.
    .equ STEP, 0 // of w from a block's first codes to the slot where it enters
    .equ ENTRY, 4
    .equ EVEN_TABLE, 8 // of that slot
    .equ ODD_TABLE, 12
    .equ APART, 16 // from w in a pass to w of the next block
    .equ Y_APART, 20 // from y1 to y0
    .equ LOCALS, 24
    .equ GROUPS, LOCALS + 36 // arguments, above nine saved registers
    .equ STRIDE, LOCALS + 40
    .equ TABLE, LOCALS + 44
    .equ START, LOCALS + 48
    .equ ADDS, LOCALS + 52
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
// The first groups of a block, and on to the slot where it enters. With `words`, those at r12 are added.
.macro first_groups odd, words
    load_codes 0
    ldr.w r8, [r5, r0, lsl #2]
    ldr.w r9, [r5, r1, lsl #2]
    ldr.w r10, [r5, r2, lsl #2]
    ldr.w r11, [r5, r3, lsl #2]
    .if \odd && \words
    ldr.w r0, [r12]
    ldr.w r1, [r12, #4]
    ldr.w r2, [r12, #8]
    ldr.w r3, [r12, #12]
    add.n r8, r0
    add.n r9, r1
    add.n r10, r2
    add.n r11, r3
    .endif
    .if \odd
    ldr.n r0, [sp, #STEP]
    ldr.n r1, [sp, #ENTRY]
    ldr.n r5, [sp, #EVEN_TABLE]
    ldr.n r6, [sp, #ODD_TABLE]
    .else
    load_codes GROUP_CODES
    ldr.w r0, [r6, r0, lsl #2]
    ldr.w r1, [r6, r1, lsl #2]
    ldr.w r2, [r6, r2, lsl #2]
    ldr.w r3, [r6, r3, lsl #2]
    .if \words
    ldr.w r5, [r12]
    ldr.w r6, [r12, #4]
    umaal r8, r0, r5, r7
    umaal r9, r1, r6, r7
    ldr.w r0, [r12, #8]
    ldr.w r1, [r12, #12]
    ldr.n r5, [sp, #EVEN_TABLE]
    ldr.n r6, [sp, #ODD_TABLE]
    umaal r10, r2, r0, r7
    umaal r11, r3, r1, r7
    ldr.n r0, [sp, #STEP]
    ldr.n r1, [sp, #ENTRY]
    .else
    ldr.n r5, [sp, #EVEN_TABLE]
    ldr.n r6, [sp, #ODD_TABLE]
    add.n r8, r0
    add.n r9, r1
    ldr.n r0, [sp, #STEP]
    ldr.n r1, [sp, #ENTRY]
    add.n r10, r2
    add.n r11, r3
    .endif
    .endif
    add.n r4, r0
    bx r1
.endm

// Up to the end of a pass; 3 is where the first block begins.
.macro pass
    adr.w r3, 2f
    add r3, r8
    adds r3, #1 // Thumb
    str r3, [sp, #ENTRY]
    movs r7, #1
    b.w 3f
    .balign 16
1:  adds.w r4, r4, #BEHIND
2:  slots
    cmp.n r5, lr
    blo.w 1b
.endm

// Sums that begin with `start`; r12 y1, r4 w and r5 and r6 the tables of the first groups, lr the first of them less
// the number of blocks behind this.
.macro line_from_start odd
    pass
    ldr.n r0, [sp, #APART]
    ldr.n r2, [sp, #Y_APART]
    ldr.n r1, [sp, #START]
    add.n r4, r0
    add.n r2, r12
    uxtah r0, r1, r8
    uxtah r3, r1, r9
    str.n r0, [r2]
    str.n r3, [r2, #4]
    uxtah r0, r1, r10
    uxtah r3, r1, r11
    str.n r0, [r2, #8]
    str.n r3, [r2, #12]
    add.w r8, r1, r8, lsr #16
    add.w r9, r1, r9, lsr #16
    add.w r10, r1, r10, lsr #16
    add.w r11, r1, r11, lsr #16
    beq.n 4f
    str.w r9, [r12, #4]
    str.w r10, [r12, #8]
    str.w r11, [r12, #12]
    str.w r8, [r12], #16
    add.n lr, r7
3:  first_groups \odd, 0
4:  stm r12, {r8-r11}
    add sp, #LOCALS
    pop {r4-r11, pc}
.endm

// The same for sums that are added to what y0 and y1 hold.
.macro line_from_y odd
    pass
    ldr.n r6, [sp, #Y_APART]
    .if \odd
    ldr.w r0, [r12]
    ldr.w r1, [r12, #4]
    ldr.w r2, [r12, #8]
    ldr.w r3, [r12, #12]
    .else
    ldm.w r12, {r0-r3}
    .endif
    add.n r6, r12
    add.w r0, r0, r8, lsr #16
    add.w r1, r1, r9, lsr #16
    add.w r2, r2, r10, lsr #16
    add.w r3, r3, r11, lsr #16
    .if \odd
    str.w r1, [r12, #4]
    str.w r2, [r12, #8]
    str.w r3, [r12, #12]
    str.w r0, [r12], #16
    .else
    stm.w r12!, {r0-r3}
    .endif
    ldr.n r0, [r6]
    ldr.n r1, [r6, #4]
    ldr.n r2, [r6, #8]
    ldr.n r3, [r6, #12]
    uxtah r0, r0, r8
    uxtah r1, r1, r9
    uxtah r2, r2, r10
    uxtah r3, r3, r11
    str.n r0, [r6]
    str.n r1, [r6, #4]
    str.n r2, [r6, #8]
    str.n r3, [r6, #12]
    beq.n 4f
    ldr.w r0, [sp, #APART]
    .if \odd == 0
    add.w r6, r5, #TABLE_BYTES
    .endif
    add.n r4, r0
    add.n lr, r7
3:  first_groups \odd, 0
4:  add sp, #LOCALS
    pop {r4-r11, pc}
.endm

// Sums that begin with words and `start`; r12 y0.
.macro line_from_words odd
    pass
    ldr.n r0, [sp, #APART]
    ldr.n r2, [sp, #Y_APART]
    ldr.n r1, [sp, #START]
    add.n r4, r0
    sub.w r2, r12, r2
    uxtah r0, r1, r8
    uxtah r3, r1, r9
    str.w r0, [r12], #8
    str.w r3, [r12, #-4]
    uxtah r0, r1, r10
    uxtah r3, r1, r11
    str.w r0, [r12], #8
    str.w r3, [r12, #-4]
    add.w r8, r1, r8, lsr #16
    add.w r9, r1, r9, lsr #16
    add.w r10, r1, r10, lsr #16
    add.w r11, r1, r11, lsr #16
    str.w r8, [r2]
    str.w r9, [r2, #4]
    str.w r10, [r2, #8]
    str.w r11, [r2, #12]
    beq.n 4f
    add.w lr, lr, r7
3:  first_groups \odd, 1
4:  add sp, #LOCALS
    pop {r4-r11, pc}
.endm

// Sums that are left as words, and begin with such; r12 y0.
.macro line_to_words odd, from_words
    pass
    ldr.n r0, [sp, #APART]
    beq.n 4f
    add.n r4, r0
    str.w r9, [r12, #4]
    str.w r10, [r12, #8]
    str.w r11, [r12, #12]
    str.w r8, [r12], #16
    add.w lr, lr, r7
3:  first_groups \odd, \from_words
4:  stm r12, {r8-r11}
    add sp, #LOCALS
    pop {r4-r11, pc}
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
    sub r0, r0, r1
    str r0, [sp, #Y_APART]
    add r8, r8, #BEHIND
    str r8, [sp, #APART]
    str r5, [sp, #EVEN_TABLE]
    add r0, r5, #TABLE_BYTES
    str r0, [sp, #ODD_TABLE]
    subs r4, r7, #1
    lsrs r4, r4, #1 // slots
    mov r11, r4
    add r5, r5, r4, lsl #11
    find_entry
    sub r9, r9, r11, lsl #3
    str r9, [sp, #STEP]
    add r4, r2, r11, lsl #3
    sub lr, r5, r3
    add lr, lr, #1
    // Which line.
    cmp r6, #1
    ldr r0, [sp, #Y_APART]
    add r6, r5, #TABLE_BYTES
    bhi.w .Lwords
    beq.w .Ladds
    lsls r7, r7, #31
    bne.w .Lodd_from_start
    line_from_start 0
.Lodd_from_start:
    line_from_start 1
.Ladds:
    lsls r7, r7, #31
    bne.w .Lodd_from_y
    line_from_y 0
.Lodd_from_y:
    line_from_y 1
.Lwords:
    add r12, r12, r0
    ldr r0, [sp, #ADDS]
    and r7, r7, #1
    cmp r0, #TO_WORDS
    bhi.w .Lwords_to_words
    beq.w .Lto_words
    cmp r7, #0
    bne.w .Lodd_from_words
    line_from_words 0
.Lodd_from_words:
    line_from_words 1
.Lto_words:
    cmp r7, #0
    bne.w .Lodd_to_words
    line_to_words 0, 0
.Lodd_to_words:
    line_to_words 1, 0
.Lwords_to_words:
    cmp r7, #0
    bne.w .Lodd_words_to_words
    line_to_words 0, 1
.Lodd_words_to_words:
    line_to_words 1, 1

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
