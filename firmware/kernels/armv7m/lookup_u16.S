// lookup_u16: four rows at a time, four sums in registers, two groups a step.
//
// Groups 2 i and 2 i + 1 share a table of words: the even one's entries are low halves, the odd one's high. A slot is
// both groups of four rows: 8 LDRB, 4 LDRH, 4 LDR, 8 ADD (of the odd group's words >> 16) and 1 ADD that steps the
// table. All loads stand in one run, because a load overlaps with the load before it: 17 cycles for 16, so 26 for the
// slot, which is 0.65 a t5 weight. What steps an address stands ahead of the additions, never just before a load:
// there it would stall on silicon.
//
// A pass is SLOTS slots in one straight line, the first entered so that the rest of the groups runs. An odd last group
// comes before it. The whole kernel stays in the code cache of an STM32F4, 64 lines of 16 bytes: hence w in a low
// register within 32 bytes of its codes.
//
// Cost of a call on a Cortex-M4 at zero wait states, n even: n_blocks (13 n_groups + S + 6 P + 22) + 81 cycles; P
// passes a block, ceil(n_groups / 2 / SLOTS), and S steps of w, which follow the slots 3, 7 and 9 of each pass. An odd
// group costs 21 a block.
//
// Tried and lost: a table for each group (28 cycles for what is 26 here), eight rows with two sums in a register
// (unpacking costs what is won, and halves overflow from 52 groups on), codes cut out of a word (UBFX costs what LDRB
// does), LDRB of 32 bits with w stepped once a pass (fewer slots fit).

    .equ TABLE_BYTES, 1024 // of two groups; Twin: tableEntries in host-tools/contracts/image.ts, of 2 bytes.
    .equ SLOTS, 10
    .equ SLOT_BYTES, 78
    .equ SLOT_CODES, 8

#include "slots.h"

    // Locals, from sp.
    .equ Y, 0
    .equ Y_END, 4
    .equ TABLE, 8
    .equ TABLE_END, 12
    .equ BACK, 16  // from w behind a block to w of the next
    .equ BEGIN, 20 // where a block begins: at a slot or with an odd group
    .equ ENTRY, 24
    .equ LAST, 28 // from w of a block to the codes of an odd group
    .equ LOCALS, 32
    .equ TABLE_ARGUMENT, LOCALS + 36 // above nine saved registers

// r0-r6 and lr codes, then entries; r7 w, r12 table, r8-r11 sums. The step of w follows the loads, if there is one.
.macro slot offset, step=0
    ldrb.n r0, [r7, #\offset]
    ldrb.n r1, [r7, #\offset + 1]
    ldrb.n r2, [r7, #\offset + 2]
    ldrb.n r3, [r7, #\offset + 3]
    ldrb.n r4, [r7, #\offset + 4]
    ldrb.n r5, [r7, #\offset + 5]
    ldrb.n r6, [r7, #\offset + 6]
    ldrb.w lr, [r7, #\offset + 7]
    ldrh.w r0, [r12, r0, lsl #2]
    ldrh.w r1, [r12, r1, lsl #2]
    ldrh.w r2, [r12, r2, lsl #2]
    ldrh.w r3, [r12, r3, lsl #2]
    ldr.w r4, [r12, r4, lsl #2]
    ldr.w r5, [r12, r5, lsl #2]
    ldr.w r6, [r12, r6, lsl #2]
    ldr.w lr, [r12, lr, lsl #2]
    .if \step
    adds.n r7, #\step
    .endif
    add.w r12, r12, #TABLE_BYTES
    add.n r8, r0
    add.n r9, r1
    add.n r10, r2
    add.n r11, r3
    add.w r8, r8, r4, lsr #16
    add.w r9, r9, r5, lsr #16
    add.w r10, r10, r6, lsr #16
    add.w r11, r11, lr, lsr #16
.endm

    function lookup_u16
// void lookup_u16(int32_t *y, const uint8_t *w, size_t n_blocks, size_t n_groups, const uint16_t *table)
    push {r4-r11, lr}
    sub sp, #LOCALS
    ldr r12, [sp, #TABLE_ARGUMENT]
    add r2, r0, r2, lsl #4
    strd r0, r2, [sp, #Y]
    lsrs r2, r3, #1
    add r4, r12, r2, lsl #10
    strd r12, r4, [sp, #TABLE]
    find_slot r5, r5
    subs r7, r1, r6
    mov r4, r5
    lsrs r2, r3, #1
    bcc 7f
    add r1, r6, r3, lsl #2
    subs r1, #4
    str r1, [sp, #LAST]
    subs r6, #4
    adr r4, 5f
    adds r4, #1
7:  str r6, [sp, #BACK]
    strd r4, r5, [sp, #BEGIN]
    ldm r0, {r8-r11}
    bx r4

    .balign 4
    // The odd last group.
5:  ldr r0, [sp, #LAST]
    ldr r6, [sp, #TABLE_END]
    ldr r5, [sp, #ENTRY]
    add r0, r7
    load_odd r6
    add r9, r1
    add r10, r2
    add r11, r3
    add r8, r0
    bx r5

    .balign 16
.Lpass:
    pass
    .balign 4 // for ADR; nothing to fill
.Lpassed:
    ldr r0, [sp, #TABLE_END]
    cmp r12, r0
    bne.w .Lpass
    ldr r0, [sp, #Y]
    ldr r1, [sp, #Y_END]
    ldr r2, [sp, #BEGIN]
    ldr r3, [sp, #BACK]
    ldr r12, [sp, #TABLE]
    stm r0!, {r8-r11}
    subs r7, r3
    cmp r0, r1
    beq 4f
    str r0, [sp, #Y]
    ldm r0, {r8-r11}
    bx r2
4:  add sp, #LOCALS
    pop {r4-r11, pc}
    .size lookup_u16, . - lookup_u16
