// lookup_pair_u32 for RV32; lookup/lookup_pair_u32.c defines it.
//
// Four rows at a time, on a straight line of 51 slots (slot.h) that is entered so that the last n_groups run. The
// displacement of a load reaches the tables of four groups, so thirteen registers reach all: a group costs its slot
// and nothing else. The halves of the sums part when a block is done.
//
// Instructions of a call, for two vectors: 78 + n_blocks * (s * n_groups + 41), s = 16 with Zba, 20 with a multiplier,
// else 21; 74 to 78, by the length of a slot.
// Cycles, simulated on RTL: Hazard3 with Zba n_blocks * (16 * n_groups + 42), PicoRV32
// n_blocks * (73 * n_groups + 158).
//
// Lost, by count: one base that moves on (13 more instructions a block); halves out by two shifts (4 more).
#include "function.h"
#include "slot.h"

#define Y0 a0
#define Y1 a1
#define W a2
#define Y0_END a3
#define W_STEP a4
#define ENTRY a5
#define LOW_HALF t4
    // Each for the tables of four groups, from 2048 bytes below it; but the first for three.
#define BASES ra, s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11

    .equ SLOTS, 51 // Twin: TLM_PAIR_GROUPS_MAX in firmware/kernels/lookup/lookup.h.
    .equ TABLE_SHIFT, 10

// Adds the halves of two sums to two elements of either vector.
.macro add_halves sum, next_sum, offset
    lw CODE0, \offset(Y0)
    lw CODE1, \offset + 4(Y0)
    and CODE2, \sum, LOW_HALF
    and CODE3, \next_sum, LOW_HALF
    add CODE0, CODE0, CODE2
    add CODE1, CODE1, CODE3
    lw CODE2, \offset(Y1)
    lw CODE3, \offset + 4(Y1)
    sw CODE0, \offset(Y0)
    sw CODE1, \offset + 4(Y0)
    srli CODE0, \sum, 16
    srli CODE1, \next_sum, 16
    add CODE2, CODE2, CODE0
    add CODE3, CODE3, CODE1
    sw CODE2, \offset(Y1)
    sw CODE3, \offset + 4(Y1)
.endm

// void lookup_pair_u32(int32_t *y0, int32_t *y1, const uint8_t *w, size_t n_blocks, size_t n_groups,
//                      size_t stride, const uint32_t *table)
function lookup_pair_u32
    addi sp, sp, -64
    sw ra, 48(sp)
    each_saved sw, 12
    li t0, SLOTS
    sub t0, t0, a4 // slots to leave out
    slli t1, t0, TABLE_SHIFT
    sub t1, a6, t1
    lui t2, 1
    addi t1, t1, -2048
    addi t1, t1, -1024
    .irp base, BASES
    add \base, t1, t2
    add t1, t1, t2
    .endr
    slli Y0_END, a3, 4
    add Y0_END, Y0_END, Y0
    mv W_STEP, a5
    slli t1, t0, 2
    sub W, W, t1
    find_entry ENTRY, t0, t1
    lui LOW_HALF, 16
    addi LOW_HALF, LOW_HALF, -1
    j next_block

    .balign 4
slots:
    .set offset, -4
    .irp base, BASES
    .irp table, -2048, -1024, 0, 1024
    .if offset >= 0
    slot lw, 2, W, offset, \base, \table
    .endif
    .set offset, offset + 4
    .endr
    .endr
    check_slots SLOTS
    add_halves SUM0, SUM1, 0
    add_halves SUM2, SUM3, 8
    addi Y0, Y0, 16
    addi Y1, Y1, 16
    add W, W, W_STEP
    beq Y0, Y0_END, done
next_block:
    li SUM0, 0
    li SUM1, 0
    li SUM2, 0
    li SUM3, 0
    jr ENTRY

done:
    each_saved lw, 12
    lw ra, 48(sp)
    addi sp, sp, 64
    ret
    .size lookup_pair_u32, . - lookup_pair_u32
