// lookup_pair_u32: four rows at a time, on a straight line of 51 groups that is entered so that the last n_groups run.
#include "function.h"

#define Y0 a0
#define Y1 a1
#define W a2
#define Y0_END a3
#define W_STEP a4
#define ENTRY a5
#define CODE0 t0
#define CODE1 t1
#define CODE2 t2
#define CODE3 t3
#define LOW_HALF t4
#define SUM0 a6
#define SUM1 a7
#define SUM2 t5
#define SUM3 t6
    // Each for the tables of four groups, from 2048 bytes below it.
#define BASES ra, s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11

    .equ SLOTS, 51 // Twin: TLM_PAIR_GROUPS_MAX in firmware/kernels/lookup/lookup.h.
    .equ TABLE_SHIFT, 10
#if defined(__riscv_compressed) && (defined(__riscv_zba) || defined(__riscv_mul))
    .equ SLOT_BYTES, 56
#elif defined(__riscv_compressed)
    .equ SLOT_BYTES, 68
#elif defined(__riscv_zba)
    .equ SLOT_BYTES, 64
#elif defined(__riscv_mul)
    .equ SLOT_BYTES, 80
#else
    .equ SLOT_BYTES, 84
#endif

.macro each_code op, operand:vararg
    \op CODE0, CODE0, \operand
    \op CODE1, CODE1, \operand
    \op CODE2, CODE2, \operand
    \op CODE3, CODE3, \operand
.endm

// Makes addresses of entries out of codes.
.macro address offset, base
#if defined(__riscv_zba) || defined(__riscv_mul)
    lbu CODE0, \offset(W)
    lbu CODE1, \offset + 1(W)
    lbu CODE2, \offset + 2(W)
    lbu CODE3, \offset + 3(W)
#ifdef __riscv_zba
    each_code sh2add, \base
#else
    each_code slli, 2
    each_code add, \base
#endif
#else
    lw CODE3, \offset(W)
    slli CODE0, CODE3, 2
    srli CODE1, CODE3, 6
    srli CODE2, CODE3, 14
    srli CODE3, CODE3, 22
    each_code andi, 0x3fc
    each_code add, \base
#endif
.endm

// Four rows of a group.
.macro slot offset, base, table
    address \offset, \base
    lw CODE0, \table(CODE0)
    lw CODE1, \table(CODE1)
    lw CODE2, \table(CODE2)
    lw CODE3, \table(CODE3)
    add SUM0, SUM0, CODE0
    add SUM1, SUM1, CODE1
    add SUM2, SUM2, CODE2
    add SUM3, SUM3, CODE3
.endm

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
    addi t1, t1, -1024 // the first base has three groups
    addi t1, t1, -2048
    .irp base, BASES
    add \base, t1, t2
    add t1, t1, t2
    .endr
    slli Y0_END, a3, 4
    add Y0_END, Y0_END, Y0
    mv W_STEP, a5
    slli t1, t0, 2
    sub W, W, t1
    lla ENTRY, slots
    .irp bit, 2, 3, 4, 5, 6
    .if SLOT_BYTES & 1 << \bit
    slli t1, t0, \bit
    add ENTRY, ENTRY, t1
    .endif
    .endr
    lui LOW_HALF, 16
    addi LOW_HALF, LOW_HALF, -1
    j next_block

    .balign 4
slots:
    .set offset, -4
    .irp base, BASES
    .irp table, -2048, -1024, 0, 1024
    .if offset >= 0
    slot offset, \base, \table
    .endif
    .set offset, offset + 4
    .endr
    .endr
    .if . - slots - SLOTS * SLOT_BYTES
    .error "SLOT_BYTES is not the length of a slot."
    .endif
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
