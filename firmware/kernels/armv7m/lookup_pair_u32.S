// lookup_pair_u32: four rows of two vectors at a time, four sums in registers, whose halves part at the end of a
// block.
//
// A slot is a group of four rows: 4 LDRB, 4 LDR, 4 ADD and 1 ADD that steps the table, LDRB and LDR in one run: 14
// cycles, 0.35 a t5 weight and vector; lookup_u16.S says why it is as it is. A block's first two groups stand behind
// what ends a block: their loads are one run, since the registers of sums are still free, and they begin the sums.
// From there a block enters a pass, SLOTS slots in one straight line, so that the rest of the groups runs.
//
// There are two lines: for sums that begin with `start`, and with what y holds. What repeats for each block stays in
// the code cache of an STM32F4, 64 lines of 16 bytes, hence the number of slots.
//
// Cost of a call at zero wait states, from two groups on: n_blocks (14 n_groups + S + 5 P + 23) + 109 cycles, 10 a
// block more with what y holds; P passes a block, ceil((n_groups - 2) / SLOTS) but at least 1, and S steps of w, which
// follow the slots 7 and 15 of each pass.
#include "line.h"

    .equ TABLE_BYTES, 1024 // Twin: tableEntries in host-tools/contracts/image.ts, of 4 bytes.
    .equ SLOT_BYTES, 36
    .equ SLOT_CODES, 4

    set_slots 22

    // From sp.
    .equ STEP, 0 // of w from a block's first groups to the slot where it enters
    .equ ENTRY, 4
    .equ APART, 8 // from w behind a block to w of the next
    .equ TABLE, 12
    .equ SECOND_TABLE, 16
    .equ LOCALS, 20
    .equ GROUPS, LOCALS + 36 // arguments, above nine saved registers
    .equ STRIDE, LOCALS + 40
    .equ TABLE_ARGUMENT, LOCALS + 44
    .equ START, LOCALS + 48
    .equ ADDS, LOCALS + 52

// r0-r3 codes, then entries; r4 w, r6 table, r8-r11 sums. The step of w follows the loads, if there is one.
.macro slot place, step
    ldrb.n r0, [r4, #\place]
    ldrb.n r1, [r4, #\place + 1]
    ldrb.n r2, [r4, #\place + 2]
    ldrb.n r3, [r4, #\place + 3]
    ldr.w r0, [r6, r0, lsl #2]
    ldr.w r1, [r6, r1, lsl #2]
    ldr.w r2, [r6, r2, lsl #2]
    ldr.w r3, [r6, r3, lsl #2]
    .if \step
    adds.w r4, r4, #\step
    .endif
    add.w r6, r6, #TABLE_BYTES
    add.n r8, r0
    add.n r9, r1
    add.n r10, r2
    add.n r11, r3
.endm

.macro load_group table, place, a, b, c, d
    ldr.w r6, [sp, #\table]
    ldrb.w \a, [r4, #\place]
    ldrb.w \b, [r4, #\place + 1]
    ldrb.w \c, [r4, #\place + 2]
    ldrb.w \d, [r4, #\place + 3]
    ldr.w \a, [r6, \a, lsl #2]
    ldr.w \b, [r6, \b, lsl #2]
    ldr.w \c, [r6, \c, lsl #2]
    ldr.w \d, [r6, \d, lsl #2]
.endm
// The first two groups of a block, and on to the slot where it enters.
.macro first_groups
    load_group TABLE, BEHIND, r0, r1, r2, r3
    load_group SECOND_TABLE, BEHIND + SLOT_CODES, r8, r9, r10, r11
    add.n r8, r0
    add.n r9, r1
    ldr.n r0, [sp, #STEP]
    ldr.n r1, [sp, #ENTRY]
    add.n r10, r2
    add.n r11, r3
    add.n r4, r0
    add.w r6, r6, #TABLE_BYTES
    bx r1
.endm

// to = from and the low half of a sum.
.macro add_low to, from, sum
    uxth r6, \sum
    add.w \to, \from, r6
.endm
.macro add_lows a, b, c, d
    add_low r0, \a, r8
    add_low r1, \b, r9
    add_low r2, \c, r10
    add_low r3, \d, r11
.endm
.macro add_highs a, b, c, d
    add.w r8, \a, r8, lsr #16
    add.w r9, \b, r9, lsr #16
    add.w r10, \c, r10, lsr #16
    add.w r11, \d, r11, lsr #16
.endm
.macro store_lows
    str.w r1, [r12, #4]
    str.w r2, [r12, #8]
    str.w r3, [r12, #12]
    str.w r0, [r12], #16
.endm
// w steps to the next block meanwhile.
.macro store_highs
    str.w r9, [r7, #4]
    ldr.n r0, [sp, #APART]
    add.n r4, r0
    str.w r10, [r7, #8]
    str.w r11, [r7, #12]
    str.w r8, [r7], #16
.endm

.macro begin pass
    adr.w r3, \pass
    add r3, r8
    adds r3, #1 // Thumb
    add r9, r9, #BEHIND + 2 * SLOT_CODES
    strd r9, r3, [sp, #STEP]
    sub.w r4, r2, #BEHIND
.endm

    function lookup_pair_u32
// void lookup_pair_u32(int32_t *y0, int32_t *y1, const uint8_t *w, size_t n_blocks, size_t n_groups, size_t stride,
//                      const uint32_t *table, struct tlm_beginning beginning)
    push {r4-r11, lr}
    sub sp, #LOCALS
    mov r12, r0
    mov r7, r1
    ldrd r4, r8, [sp, #GROUPS]
    ldrd r6, r5, [sp, #TABLE_ARGUMENT]
    ldr r1, [sp, #ADDS]
    sub r8, r8, r4, lsl #2
    str r8, [sp, #APART]
    add lr, r6, r4, lsl #10
    subs r4, #2
    bmi.w 9f
    add r8, r6, #TABLE_BYTES
    strd r6, r8, [sp, #TABLE]
    find_entry
    cmp r1, #0
    bne.w 4f
    cmp r3, #SLOTS * TABLE_BYTES // else lr would be a table before the last pass
    bhi.w 2f
    sub lr, lr, r3
    add lr, lr, #1
    begin .Lpass_from_start
    b.w .Lfirst_from_start

    // Sums that begin with r5; r12 y0, r7 y1, lr the end of the tables less the number of blocks behind this.
    .balign 16
.Lnext_from_start:
    adds.w r4, r4, #BEHIND
.Lpass_from_start:
    slots
    cmp.w r6, lr
    blo.w .Lnext_from_start
    add_lows r5, r5, r5, r5
    add_highs r5, r5, r5, r5
    beq.w 3f
    add.w lr, lr, #1
    store_lows
    store_highs
.Lfirst_from_start:
    first_groups
3:  stm r12, {r0-r3}
    stm r7, {r8-r11}
    add sp, #LOCALS
    pop {r4-r11, pc}

2:  add r4, r0, r3, lsl #4
    mov r10, r7
1:  str r5, [r0], #4
    str r5, [r10], #4
    cmp r0, r4
    bne 1b
    // Sums that are added to what y0 and y1 hold; r12 y0, r7 y1, r5 that y0 of the last block.
4:  add r5, r12, r3, lsl #4
    subs r5, #16
    begin .Lpass_from_y
    b.w .Lfirst_from_y
    .balign 16
.Lnext_from_y:
    adds.w r4, r4, #BEHIND
.Lpass_from_y:
    slots
    cmp.w r6, lr
    blo.w .Lnext_from_y
    ldm.w r12, {r0-r3}
    cmp.w r12, r5
    add_lows r0, r1, r2, r3
    store_lows
    ldm.w r7, {r0-r3}
    add_highs r0, r1, r2, r3
    beq.w 5f
    store_highs
.Lfirst_from_y:
    first_groups
5:  stm r7, {r8-r11}
    add sp, #LOCALS
    pop {r4-r11, pc}

    // A single group, row by row.
9:  ldr r8, [sp, #APART]
1:  movs r4, #4
2:  ldrb r0, [r2], #1
    ldr.w r0, [r6, r0, lsl #2]
    cbz r1, 3f
    ldr r5, [r12]
3:  uxth lr, r0
    add lr, r5
    str lr, [r12], #4
    cbz r1, 4f
    ldr r5, [r7]
4:  add r0, r5, r0, lsr #16
    str r0, [r7], #4
    subs r4, #1
    bne 2b
    add r2, r8
    subs r3, #1
    bne 1b
    add sp, #LOCALS
    pop {r4-r11, pc}
    .size lookup_pair_u32, . - lookup_pair_u32
