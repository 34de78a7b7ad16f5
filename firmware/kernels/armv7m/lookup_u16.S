// lookup_u16: four rows at a time, four sums in registers.
//
// A slot is a group of four rows: 4 LDRB, 4 LDRH, 4 ADD and 1 ADD that steps the table. LDRB and LDRH stand in one run,
// because a load overlaps with the load before it: 9 cycles for 8, so 14 for the slot, which is 0.7 a t5 weight. What
// steps an address stands ahead of the additions, never just before a load: there it would stall on silicon.
//
// A pass is SLOTS slots in one straight line, the first entered so that the rest of the groups runs. The whole kernel
// stays in the code cache of an STM32F4, 64 lines of 16 bytes: hence w in a low register within 32 bytes of its codes,
// and the step of the table in a register.
//
// Cost of a call on a Cortex-M4 at zero wait states: n_blocks (14 n_groups + S + 4 P + 18) + 60 cycles; P passes a
// block, ceil(n_groups / SLOTS), and S steps of w, which follow the slots 7, 15, 23 and 25 of each pass.
//
// Tried and lost: eight rows with two sums in a register (unpacking costs what is won, and halves overflow from 52
// groups on), codes cut out of a word (UBFX costs what LDRB does). By count, not run: two groups in one run with a
// second register for the table (three groups in 41 cycles rather than 42, but then no register is left for the step
// and the end, which takes the cycle back).
#include "words.h"

    .equ TABLE_BYTES, 512 // Twin: tableEntries in host-tools/contracts/image.ts, of 2 bytes.
    .equ SLOTS, 26
    .equ SLOT_BYTES, 34

    // Locals, from sp.
    .equ Y_END, 0
    .equ ENTRY, 4
    .equ TABLE, 8
    .equ LOCALS, 12
    .equ TABLE_ARGUMENT, LOCALS + 36 // above nine saved registers

// r0-r3 codes, then entries; r4 w, r6 table, r8-r11 sums. The step of w follows the loads, if there is one.
.macro slot offset, step=0
    ldrb.n r0, [r4, #\offset]
    ldrb.n r1, [r4, #\offset + 1]
    ldrb.n r2, [r4, #\offset + 2]
    ldrb.n r3, [r4, #\offset + 3]
    ldrh.w r0, [r6, r0, lsl #1]
    ldrh.w r1, [r6, r1, lsl #1]
    ldrh.w r2, [r6, r2, lsl #1]
    ldrh.w r3, [r6, r3, lsl #1]
    .if \step
    adds.n r4, #\step
    .endif
    add.n r6, r7
    add.n r8, r0
    add.n r9, r1
    add.n r10, r2
    add.n r11, r3
.endm

    function lookup_u16
// void lookup_u16(int32_t *y, const uint8_t *w, size_t n_blocks, size_t n_groups, const uint16_t *table)
    push {r4-r11, lr}
    sub sp, #LOCALS
    mov r5, r0
    add r2, r0, r2, lsl #4
    str r2, [sp, #Y_END]
    ldr r6, [sp, #TABLE_ARGUMENT]
    str r6, [sp, #TABLE]
    add lr, r6, r3, lsl #9
    // Slots to leave out of the first pass; w starts behind its codes by those since the last step.
    add r4, r3, #SLOTS - 1
    movs r7, #SLOTS
    udiv r4, r4, r7
    mls r3, r4, r7, r3
    rsbs r3, r3, #0
    and r12, r3, #7
    lsl r12, r12, #2
    movs r4, #SLOT_BYTES
    muls r4, r3
    lsrs r3, r3, #3
    add r4, r4, r3, lsl #1 // one step of w every eight slots
    adr r0, 1f
    add r0, r4
    orr r0, r0, #1
    str r0, [sp, #ENTRY]
    mov r7, #TABLE_BYTES
    sub r4, r1, r12
    ldm r5, {r8-r11}
    bx r0

    // r4 w, r5 y, r6 table, r7 its step, r12 what w starts behind, lr end of the tables.
    .balign 16
1:  .irp group, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25
    .if \group == SLOTS - 1
    slot (\group & 7) * 4, (\group & 7) * 4 + 4
    .elseif (\group & 7) == 7
    slot 28, 32
    .else
    slot (\group & 7) * 4
    .endif
    .endr
    cmp.n r6, lr
    bne.w 1b
    ldr r0, [sp, #Y_END]
    ldr r1, [sp, #ENTRY]
    ldr r6, [sp, #TABLE]
    sub r4, r12
    stm r5!, {r8-r11}
    cmp r5, r0
    beq 2f
    ldm r5, {r8-r11}
    bx r1
2:  add sp, #LOCALS
    pop {r4-r11, pc}
    .size lookup_u16, . - lookup_u16
