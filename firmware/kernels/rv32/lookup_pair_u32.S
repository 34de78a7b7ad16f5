// lookup_pair_u32 for RV32; lookup/lookup_pair_u32.c defines it.
//
// Four rows at a time: the last group first, whose entries are the sums, then the others on a straight line of 50 slots
// (slot.h) that is entered so that the last n_groups - 1 run. The displacement of a load reaches the tables of four
// groups, so thirteen registers reach all: a group costs its slot and nothing else. The halves of the sums part when a
// block is done.
//
// Instructions of a call, for two vectors: 62 + n_blocks * (s * n_groups + 26), s = 16 with Zba, else 20; 61 to
// 65 without a multiplier, by the length of a slot. Where sums are added to: 34 a block.
// Cycles, simulated on RTL: Hazard3 with Zba n_blocks * (16 * n_groups + 27), where sums are added to 38 a block, with
// branch prediction 36; PicoRV32 n_blocks * (76 * n_groups + 97), where sums are added to 141 a block; without a
// barrel shifter n_blocks * (88 * n_groups + 117), or 161.
//
// Lost, by count: one base that moves on (13 more instructions a block); halves out by two shifts (4 more); a fourth
// register for codes, with `start` in memory (1 more).
#include "function.h"
#include "slot.h"

#define Y0 a0
#define Y1 a1
#define W a2
#define Y0_END a3
#define ENTRY a4
#define W_STEP a5
#define TABLE a6
    // What sums begin with; 1 where they are added to.
#define START t3
#define LOW_HALF t4
    // Each for the tables of four groups, from 2048 bytes below it; the last for three.
#define BASES ra, s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11
#define LAST_BASE s11

    .equ SLOTS, 51 // Twin: TLM_PAIR_GROUPS_MAX in firmware/kernels/lookup/lookup.h.
    .equ TABLE_SHIFT, 10

// Writes the halves of a sum to an element of either vector.
.macro write_halves sum, offset
    and CODE0, \sum, LOW_HALF
    srli CODE1, \sum, 16
    add CODE0, CODE0, START
    add CODE1, CODE1, START
    sw CODE0, \offset(Y0)
    sw CODE1, \offset(Y1)
.endm
// Adds them to it.
.macro add_halves sum, offset
    lw CODE0, \offset(Y0)
    lw CODE1, \offset(Y1)
    and CODE2, \sum, LOW_HALF
    srli \sum, \sum, 16
    add CODE0, CODE0, CODE2
    add CODE1, CODE1, \sum
    sw CODE0, \offset(Y0)
    sw CODE1, \offset(Y1)
.endm
.macro each_sum op
    \op SUM0, 0
    \op SUM1, 4
    \op SUM2, 8
    \op SUM3, 12
.endm
.macro step
    addi Y0, Y0, 16
    addi Y1, Y1, 16
    add W, W, W_STEP
.endm

// void lookup_pair_u32(int32_t *y0, int32_t *y1, const uint8_t *w, size_t n_blocks, size_t n_groups, size_t stride,
//                      const uint32_t *table, struct tlm_beginning beginning), `start` in a7, `adds` on the stack
function lookup_pair_u32
    lw START, 0(sp)
    addi sp, sp, -64
    sw ra, 48(sp)
    each_saved sw, 12
    add START, START, a7 // one of the two is 0
    li t0, SLOTS
    sub t0, t0, a4 // slots to leave out
    slli t1, t0, TABLE_SHIFT
    sub t1, TABLE, t1
    lui t2, 1
    addi t1, t1, -2048
    find_bases t2, t1, BASES
    slli Y0_END, a3, 4
    add Y0_END, Y0_END, Y0
    slli t1, t0, 2
    sub W, W, t1
    find_entry ENTRY, t0, t1
    lui LOW_HALF, 16
    addi LOW_HALF, LOW_HALF, -1
    j next_block

    .balign 4
slots:
    .set offset, 0
    .irp base, BASES
    .irp table, -2048, -1024, 0, 1024
    .if offset < 4 * (SLOTS - 1)
    slot lw, 2, W, offset, \base, \table
    .endif
    .set offset, offset + 4
    .endr
    .endr
    check_slots SLOTS - 1
    bgtz START, added_to
    each_sum write_halves
    step
    beq Y0, Y0_END, done
next_block:
    slot lw, 2, W, 4 * (SLOTS - 1), LAST_BASE, 0, zero
    jr ENTRY

added_to:
    each_sum add_halves
    step
    bne Y0, Y0_END, next_block

done:
    each_saved lw, 12
    lw ra, 48(sp)
    addi sp, sp, 64
    ret
    .size lookup_pair_u32, . - lookup_pair_u32
