// lookup_u16 for RV32; lookup/lookup_u16.c defines it.
//
// Four rows at a time: the last group first, then the others on a straight line of 63 slots (slot.h) that is entered
// so that the last n_groups - 1 run. The displacement of a load reaches the tables of eight groups, so eight registers
// reach all: a group costs its slot and nothing else. The last group adds to `start`, or to what y holds, so that no
// sum is set before it.
//
// Instructions of a call: 46 + n_blocks * (s * n_groups + 8), s = 16 with Zba, else 20; 45 to 49 without a
// multiplier, by the length of a slot. Where sums are added to: 13 a block.
// Cycles, simulated on RTL: Hazard3 with Zba n_blocks * (16 * n_groups + 9), where sums are added to 15 a block;
// PicoRV32 n_blocks * (76 * n_groups + 35), where sums are added to 60 a block.
//
// Lost, by count: 32 slots and a loop (14 more instructions a block of 52 groups, for half of the code); one base that
// moves on (8 more); sums that are set before the first slot (4 more); where blocks begin by an address, for either
// beginning (1 more).
#include "function.h"
#include "slot.h"

#define Y a0
#define W a1
    // The end of y; but 0 where sums are added to, so that each block passes by `stop`.
#define STOP a2
#define W_STEP a3
#define ENTRY a4
#define START a5
#define ADDS a6
#define Y_END t3
    // Each for the tables of eight groups, from 2048 bytes below it.
#define BASES t4, s0, s1, s2, s3, s4, s5, s6
#define LAST_BASE s6

    .equ SLOTS, 64 // Twin: maxChunkGroups in host-tools/contracts/image.ts.
    .equ TABLE_SHIFT, 9

// The slot of the last group.
.macro last_slot begin
    slot lhu, 1, W, 4 * (SLOTS - 1), LAST_BASE, 1536, \begin
.endm

// void lookup_u16(int32_t *y, const uint8_t *w, size_t n_blocks, size_t n_groups, const uint16_t *table,
//                 struct tlm_beginning beginning), its words in START and ADDS
function lookup_u16
    save 7
    slli Y_END, a2, 4
    add Y_END, Y_END, Y
    addi STOP, ADDS, -1
    and STOP, STOP, Y_END
    li t0, SLOTS
    sub t0, t0, a3 // slots to leave out
    slli t1, t0, TABLE_SHIFT
    sub t1, a4, t1
    lui t2, 1
    addi t1, t1, -2048
    find_bases t2, t1, BASES
    slli W_STEP, a3, 2
    slli t1, t0, 2
    sub W, W, t1
    find_entry ENTRY, t0, t1
    j next_block

    .balign 4
slots:
    .set offset, 0
    .irp base, BASES
    .irp table, -2048, -1536, -1024, -512, 0, 512, 1024, 1536
    .if offset < 4 * (SLOTS - 1)
    slot lhu, 1, W, offset, \base, \table
    .endif
    .set offset, offset + 4
    .endr
    .endr
    check_slots SLOTS - 1
    sw SUM0, 0(Y)
    sw SUM1, 4(Y)
    sw SUM2, 8(Y)
    sw SUM3, 12(Y)
    addi Y, Y, 16
    add W, W, W_STEP
next_block:
    bgeu Y, STOP, stop
    last_slot START
    jr ENTRY

    .balign 4 // a cycle of Hazard3, which fetches words
stop:
    beq Y, Y_END, done
    lw SUM0, 0(Y)
    lw SUM1, 4(Y)
    lw SUM2, 8(Y)
    lw SUM3, 12(Y)
    last_slot
    jr ENTRY

done:
    restore 7
    ret
    .size lookup_u16, . - lookup_u16
