// lookup_u16: four rows at a time, sums in upper halves of four registers, two entries an addition.
//
// Groups 2 i and 2 i + 1 share a table of words: the even one's entries are low halves, the odd one's high. An even
// entry comes by LDRH, an odd one by LDR, and UMAAL of the even one by 2^16 adds both to the upper half of a sum in 1
// cycle; the lower half gathers what the odd words hold below, less than 2^16 for 32 of them. A slot is both groups of
// four rows: 8 LDRB, 4 LDRH, 4 LDR in two runs of 9 cycles for 8, 4 UMAAL and 1 ADD that steps the table: 23 cycles,
// 0.575 a t5 weight. What steps an address stands ahead of the UMAAL, never just before a load.
//
// A pass is SLOTS slots in one straight line, the first entered so that the rest of the groups runs. An upper half has
// room for 51 groups: of more, those before the last pass move to halves of r12 and r6. An odd last group comes first,
// and begins the sums. What repeats for each block stays in the code cache of an STM32F4, 64 lines of 16 bytes.
//
// Cost of a call on a Cortex-M4 at zero wait states: n_blocks (23 floor(n_groups / 2) + S + 7 P + 35) + 91 cycles, 7 a
// block more beyond 51 groups, and 23 for an odd one; P passes a block, at least 1, and S steps of w, which follow the
// slots 3, 7, 11 and 12 of each pass.
//
// Lost: armv7m's, an ADD for each entry and all loads in one run, which needs a register that 2^16 takes here (26
// cycles a slot); the step of the table as an immediate (3 cycles a pass less, but an odd group then evicts others
// from the code cache). Left, by count: three slots in four runs of 12 loads, with two registers for the table, which
// wins 2 cycles of 69.

    .equ TABLE_BYTES, 1024 // of two groups; Twin: tableEntries in host-tools/contracts/image.ts, of 2 bytes.
    .equ SLOTS, 13
    .equ SLOT_BYTES, 66
    .equ SLOT_CODES, 8
    .equ HALF_GROUPS, 51 // Twin: TLM_PAIR_GROUPS_MAX in lookup.h.

#include "slots.h"

    // Locals, from sp.
    .equ Y, 0
    .equ Y_END, 4
    .equ BACK, 8   // from w behind a block to w of the next
    .equ BEGIN, 12 // where a block begins: at a slot or with an odd group
    .equ TABLE, 16
    .equ TABLE_END, 20
    .equ ENTRY, 24
    .equ LAST, 28 // from w of a block to the codes of an odd group
    .equ STOP, 32 // where a pass ends with more to do than another
    .equ LOCALS, 40
    .equ TABLE_ARGUMENT, LOCALS + 36 // above nine saved registers

// The entries of rows `row` and `row` + 1: even ones in r0 and r2, odd ones in r1 and r3; r4 w, r5 table.
.macro load_two offset, row
    ldrb.n r0, [r4, #\offset + \row]
    ldrb.n r1, [r4, #\offset + \row + 4]
    ldrb.n r2, [r4, #\offset + \row + 1]
    ldrb.n r3, [r4, #\offset + \row + 5]
    ldrh.w r0, [r5, r0, lsl #2]
    ldr.w r1, [r5, r1, lsl #2]
    ldrh.w r2, [r5, r2, lsl #2]
    ldr.w r3, [r5, r3, lsl #2]
.endm
// r8-r11 sums, r7 2^16, lr the step of the table. The step of w follows the loads, if there is one.
.macro slot offset, step=0
    load_two \offset, 0
    umaal r8, r1, r0, r7
    umaal r9, r3, r2, r7
    load_two \offset, 2
    .if \step
    adds.n r4, #\step
    .endif
    add.n r5, lr
    umaal r10, r1, r0, r7
    umaal r11, r3, r2, r7
.endm
.macro clear_sums
    mov.w r8, #0
    mov.w r9, #0
    mov.w r10, #0
    mov.w r11, #0
.endm

    function lookup_u16
// void lookup_u16(int32_t *y, const uint8_t *w, size_t n_blocks, size_t n_groups, const uint16_t *table)
    push {r4-r11, lr}
    sub sp, #LOCALS
    ldr r5, [sp, #TABLE_ARGUMENT]
    add r2, r0, r2, lsl #4
    strd r0, r2, [sp, #Y]
    lsrs r2, r3, #1
    add lr, r5, r2, lsl #10
    strd r5, lr, [sp, #TABLE]
    find_slot r7, r6
    subs r4, r1, r6
    mov r0, r7
    lsrs r2, r3, #1
    bcc 2f
    add r1, r6, r3, lsl #2
    subs r1, #4
    str r1, [sp, #LAST]
    subs r6, #4
    adr r0, 5f
    adds r0, #1
2:  strd r6, r0, [sp, #BACK]
    str r7, [sp, #ENTRY]
    // STOP: the table of the last pass, if sums have to move before it, else what no table is.
    cmp r3, #HALF_GROUPS
    ite hi
    subhi lr, lr, #SLOTS * TABLE_BYTES
    subls lr, lr, #TABLE_BYTES / 2
    str lr, [sp, #STOP]
    mov lr, #TABLE_BYTES
    mov r1, r0
    movs r6, #0
    mov r12, r6
    mov r7, #0x10000
    clear_sums
    bx r1

    .balign 16
    // Sums move into halves.
4:  pkhtb r12, r8, r9, asr #16
    pkhtb r6, r10, r11, asr #16
    clear_sums
    .balign 4
.Lpass:
    pass
    .balign 4
.Lpassed:
    ldr r0, [sp, #STOP]
    cmp r5, r0
    blo.w .Lpass
    beq.w 4b
    ldr r5, [sp, #Y]
    ldm r5, {r0-r3}
    add r0, r0, r8, lsr #16
    add r1, r1, r9, lsr #16
    add r2, r2, r10, lsr #16
    add r3, r3, r11, lsr #16
    add r0, r0, r12, lsr #16
    uxtah r1, r1, r12
    add r2, r2, r6, lsr #16
    uxtah r3, r3, r6
    stm r5!, {r0-r3}
    str r5, [sp, #Y]
    ldr r0, [sp, #Y_END]
    ldr r1, [sp, #BEGIN]
    ldr r2, [sp, #BACK]
    cmp r5, r0
    ldr r5, [sp, #TABLE]
    beq 6f
    subs r4, r2
    clear_sums
    bx r1
6:  add sp, #LOCALS
    pop {r4-r11, pc}

    .balign 4
    // The odd last group.
5:  ldr r0, [sp, #LAST]
    ldr r5, [sp, #TABLE_END]
    add r0, r4
    load_odd r5
    lsl r9, r1, #16
    lsl r10, r2, #16
    lsl r11, r3, #16
    lsl r8, r0, #16
    ldr r1, [sp, #ENTRY]
    ldr r5, [sp, #TABLE]
    bx r1
    .size lookup_u16, . - lookup_u16
