// lookup_u16 for RV32; lookup/lookup_u16.c defines it.
//
// Four rows at a time, on a straight line of 64 slots (slot.h) that is entered so that the last n_groups run. The
// displacement of a load reaches the tables of eight groups, so eight registers reach all: a group costs its slot and
// nothing else.
//
// Instructions of a call: 53 + n_blocks * (s * n_groups + 12), s = 16 with Zba, 20 with a multiplier, else 21; 49 to
// 53, by the length of a slot.
// Cycles, simulated on RTL: Hazard3 with Zba n_blocks * (16 * n_groups + 13), PicoRV32 n_blocks * (73 * n_groups + 55).
//
// Lost, by count: 32 slots and a loop (14 more instructions a block of 52 groups, for half of the code); one base that
// moves on (8 more); sums from zero, added to y at the end (4 more).
#include "function.h"
#include "slot.h"

#define Y a0
#define W a1
#define Y_END a2
#define W_STEP a3
#define ENTRY a4
    // Each for the tables of eight groups, from 2048 bytes below it.
#define BASES a5, s0, s1, s2, s3, s4, s5, s6

    .equ SLOTS, 64 // Twin: maxChunkGroups in host-tools/contracts/image.ts.
    .equ TABLE_SHIFT, 9

// void lookup_u16(int32_t *y, const uint8_t *w, size_t n_blocks, size_t n_groups, const uint16_t *table)
function lookup_u16
    save 7
    slli Y_END, a2, 4
    add Y_END, Y_END, Y
    li t0, SLOTS
    sub t0, t0, a3 // slots to leave out
    slli t1, t0, TABLE_SHIFT
    sub t1, a4, t1
    lui t2, 1
    addi t1, t1, -2048
    .irp base, BASES
    add \base, t1, t2
    add t1, t1, t2
    .endr
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
    slot lhu, 1, W, offset, \base, \table
    .set offset, offset + 4
    .endr
    .endr
    check_slots SLOTS
    sw SUM0, 0(Y)
    sw SUM1, 4(Y)
    sw SUM2, 8(Y)
    sw SUM3, 12(Y)
    addi Y, Y, 16
    add W, W, W_STEP
    beq Y, Y_END, done
next_block:
    lw SUM0, 0(Y)
    lw SUM1, 4(Y)
    lw SUM2, 8(Y)
    lw SUM3, 12(Y)
    jr ENTRY

done:
    restore 7
    ret
    .size lookup_u16, . - lookup_u16
