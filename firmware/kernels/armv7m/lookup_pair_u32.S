// lookup_pair_u32: four rows of two vectors at a time, four sums in registers, whose halves part at the end of a block.
//
// A slot is a group of four rows: 4 LDRB, 4 LDR, 4 ADD and 1 ADD that steps the table, LDRB and LDR in one run: 14
// cycles, 0.35 a t5 weight and vector; lookup_u16.S says why it is as it is. Fewer slots than there, since a pair has
// half the groups in a table of the same size.
//
// Cost of a call on a Cortex-M4 at zero wait states: n_blocks (14 n_groups + S + 4 P + 50) + 75 cycles; P passes a
// block, ceil(n_groups / SLOTS), and S steps of w, which follow the slots 7 and 12 of each pass. Without the DSP
// extension 4 more a block.
//
// Left, by count: one line of 26 slots, which wins 4 cycles a block and takes 440 bytes.

    .equ TABLE_BYTES, 1024 // Twin: tableEntries in host-tools/contracts/image.ts, of 4 bytes.
    .equ SLOTS, 13
    .equ SLOT_BYTES, 34
    .equ SLOT_CODES, 4

#include "slots.h"

    // Locals, from sp.
    .equ Y0, 0
    .equ Y1, 4
    .equ Y_END, 8
    .equ TABLE, 12
    .equ STRIDE, 16
    .equ ENTRY, 20
    .equ LOCALS, 24
    // Arguments on the stack, above nine saved registers.
    .equ GROUPS_ARGUMENT, LOCALS + 36
    .equ STRIDE_ARGUMENT, LOCALS + 40
    .equ TABLE_ARGUMENT, LOCALS + 44

// r0-r3 codes, then entries; r4 w, r6 table, r8-r11 sums. The step of w follows the loads, if there is one.
.macro slot offset, step=0
    ldrb.n r0, [r4, #\offset]
    ldrb.n r1, [r4, #\offset + 1]
    ldrb.n r2, [r4, #\offset + 2]
    ldrb.n r3, [r4, #\offset + 3]
    ldr.w r0, [r6, r0, lsl #2]
    ldr.w r1, [r6, r1, lsl #2]
    ldr.w r2, [r6, r2, lsl #2]
    ldr.w r3, [r6, r3, lsl #2]
    .if \step
    adds.n r4, #\step
    .endif
    add.n r6, r7
    add.n r8, r0
    add.n r9, r1
    add.n r10, r2
    add.n r11, r3
.endm

// Adds the low half of a sum.
.macro add_low to, sum
#ifdef __ARM_FEATURE_DSP
    uxtah \to, \to, \sum
#else
    uxth r4, \sum
    add \to, r4
#endif
.endm

    function lookup_pair_u32
// void lookup_pair_u32(int32_t *y0, int32_t *y1, const uint8_t *w, size_t n_blocks; size_t n_groups, size_t stride,
//                      const uint32_t *table)
    push {r4-r11, lr}
    sub sp, #LOCALS
    strd r0, r1, [sp, #Y0]
    add r3, r0, r3, lsl #4
    ldr r1, [sp, #GROUPS_ARGUMENT]
    ldr r7, [sp, #STRIDE_ARGUMENT]
    ldr r6, [sp, #TABLE_ARGUMENT]
    strd r3, r6, [sp, #Y_END]
    str r7, [sp, #STRIDE]
    add lr, r6, r1, lsl #10
    // Slots to leave out of the first pass; w starts behind its codes by those since the last step.
    add r4, r1, #SLOTS - 1
    movs r7, #SLOTS
    udiv r4, r4, r7
    mls r1, r4, r7, r1
    rsbs r1, r1, #0
    and r5, r1, #7
    sub r12, r2, r5, lsl #2
    movs r4, #SLOT_BYTES
    muls r4, r1
    lsrs r1, r1, #3
    add r4, r4, r1, lsl #1 // one step of w every eight slots
    adr r0, 1f
    add r0, r4
    orr r0, r0, #1
    str r0, [sp, #ENTRY]
    mov r7, #TABLE_BYTES
    b 2f

    // r4 w, r6 table, r7 its step, r12 where w of the block started, lr end of the tables.
    .balign 16
1:  pass
    cmp.n r6, lr
    bne.w 1b
    ldrd r5, r6, [sp, #Y0]
    ldm r5, {r0-r3}
    add_low r0, r8
    add_low r1, r9
    add_low r2, r10
    add_low r3, r11
    stm r5!, {r0-r3}
    ldm r6, {r0-r3}
    add r0, r0, r8, lsr #16
    add r1, r1, r9, lsr #16
    add r2, r2, r10, lsr #16
    add r3, r3, r11, lsr #16
    stm r6!, {r0-r3}
    strd r5, r6, [sp, #Y0]
    ldr r0, [sp, #Y_END]
    ldr r1, [sp, #STRIDE]
    cmp r5, r0
    beq 3f
    add r12, r1
2:  ldr r6, [sp, #TABLE]
    ldr r0, [sp, #ENTRY]
    mov r4, r12
    movs r1, #0
    mov r8, r1
    mov r9, r1
    mov r10, r1
    mov r11, r1
    bx r0
3:  add sp, #LOCALS
    pop {r4-r11, pc}
    .size lookup_pair_u32, . - lookup_pair_u32
