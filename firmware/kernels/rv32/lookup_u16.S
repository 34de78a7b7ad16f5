// lookup_u16: four rows at a time, on a straight line of 64 groups that is entered so that the last n_groups run.
#include "function.h"

#define Y a0
#define W a1
#define Y_END a2
#define W_STEP a3
#define ENTRY a4
#define CODE0 t0
#define CODE1 t1
#define CODE2 t2
#define CODE3 t3
#define SUM0 a5
#define SUM1 a6
#define SUM2 a7
#define SUM3 t5
    // BASE0 .. BASE7, each for the tables of eight groups, from 2048 bytes below it.
#define BASES t6, s0, s1, s2, s3, s4, s5, s6

    .equ SLOTS, 64 // Twin: maxChunkGroups in host-tools/contracts/image.ts.
    .equ TABLE_SHIFT, 9
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
    each_code sh1add, \base
#else
    each_code slli, 1
    each_code add, \base
#endif
#else
    lw CODE3, \offset(W)
    slli CODE0, CODE3, 1
    srli CODE1, CODE3, 7
    srli CODE2, CODE3, 15
    srli CODE3, CODE3, 23
    each_code andi, 0x1fe
    each_code add, \base
#endif
.endm

// Four rows of a group.
.macro slot offset, base, table
    address \offset, \base
    lhu CODE0, \table(CODE0)
    lhu CODE1, \table(CODE1)
    lhu CODE2, \table(CODE2)
    lhu CODE3, \table(CODE3)
    add SUM0, SUM0, CODE0
    add SUM1, SUM1, CODE1
    add SUM2, SUM2, CODE2
    add SUM3, SUM3, CODE3
.endm

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
    lla ENTRY, slots
    .irp bit, 2, 3, 4, 5, 6
    .if SLOT_BYTES & 1 << \bit
    slli t1, t0, \bit
    add ENTRY, ENTRY, t1
    .endif
    .endr
    j next_block

    .balign 4
slots:
    .set offset, 0
    .irp base, BASES
    .irp table, -2048, -1536, -1024, -512, 0, 512, 1024, 1536
    slot offset, \base, \table
    .set offset, offset + 4
    .endr
    .endr
    .if . - slots - SLOTS * SLOT_BYTES
    .error "SLOT_BYTES is not the length of a slot."
    .endif
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
