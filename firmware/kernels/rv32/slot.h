// One group of four rows in the look-ups, and how the first one to run is found.
// clang-format off
//
// Instructions of a slot: with Zba 4 LBU, 4 SH1ADD or SH2ADD, 4 loads, 4 ADD = 16; no load is used by the instruction
// behind it, so on Hazard3 also 16 cycles. Without Zba 4 SLLI more: 20.
// Without a multiplier either, which stands for PicoRV32 (loads 5 cycles, the rest 3): one LW, 4 shifts and 4 ANDI in
// place of 4 LBU and 4 SLLI. 21 instructions, but 73 cycles (simulated on its RTL) rather than 76 (derived).
//
// Lost, by count: LW with shifts and masks where there is Zba (1.75 instructions a code, LBU is 1); both bytes of a
// half word masked at once (the mask that separates them costs what it saves); OR in place of ADD with tables on 512
// bytes (setting the bits above the code costs what it saves); sums of two rows in one register (no free shift).
#ifndef TLM_RV32_SLOT_H
#define TLM_RV32_SLOT_H

// Codes, then addresses, then entries; and the sums of the rows.
#define CODE0 t0
#define CODE1 t1
#define CODE2 t2
#define CODE3 t3
#define SUM0 a6
#define SUM1 a7
#define SUM2 t5
#define SUM3 t6

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

// The entries of the codes at w + offset out of the table at base + table; an entry takes 2^shift bytes.
.macro slot load, shift, w, offset, base, table
#if defined(__riscv_zba) || defined(__riscv_mul)
    lbu CODE0, \offset(\w)
    lbu CODE1, \offset + 1(\w)
    lbu CODE2, \offset + 2(\w)
    lbu CODE3, \offset + 3(\w)
#ifdef __riscv_zba
    each_code sh\shift\()add, \base
#else
    each_code slli, \shift
    each_code add, \base
#endif
#else
    lw CODE3, \offset(\w)
    slli CODE0, CODE3, \shift
    srli CODE1, CODE3, 8 - \shift
    srli CODE2, CODE3, 16 - \shift
    srli CODE3, CODE3, 24 - \shift
    each_code andi, 255 << \shift
    each_code add, \base
#endif
    \load CODE0, \table(CODE0)
    \load CODE1, \table(CODE1)
    \load CODE2, \table(CODE2)
    \load CODE3, \table(CODE3)
    add SUM0, SUM0, CODE0
    add SUM1, SUM1, CODE1
    add SUM2, SUM2, CODE2
    add SUM3, SUM3, CODE3
.endm

// entry = where to begin to leave n slots out; uses `product`.
.macro find_entry entry, n, product
    lla \entry, slots
    .irp bit, 2, 3, 4, 5, 6
    .if SLOT_BYTES & 1 << \bit
    slli \product, \n, \bit
    add \entry, \entry, \product
    .endif
    .endr
.endm

// Stands behind the last of n slots.
.macro check_slots n
    .if . - slots - (\n) * SLOT_BYTES
    .error "SLOT_BYTES is not the length of a slot."
    .endif
.endm

#endif
