// One group of four rows in the look-ups, and how the first one to run is found.
// clang-format off
//
// Instructions of a slot: with Zba 4 LBU, 4 SH1ADD or SH2ADD, 4 loads, 4 ADD = 16; no load is used by the instruction
// behind it, so on Hazard3 also 16 cycles. Without Zba 4 ADD or SLLI more: 20, on PicoRV32 (loads 5 cycles, the rest 3)
// 76 cycles, whether or not it has a barrel shifter: codes of entries of 2 bytes are doubled by ADD.
// Three registers for codes are enough, since the fourth row follows when one of them is free.
//
// Lost, simulated on the RTL of PicoRV32: one LW, 4 shifts and 4 ANDI in place of 4 LBU and 4 ADD; 73 cycles with a
// barrel shifter, but 96 without (84 if a row shifts what the row before left), and 21 instructions.
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
#define SUM0 a6
#define SUM1 a7
#define SUM2 t5
#define SUM3 t6

#if defined(__riscv_compressed)
    .equ SLOT_BYTES, 56
#elif defined(__riscv_zba)
    .equ SLOT_BYTES, 64
#else
    .equ SLOT_BYTES, 80
#endif

// code = its address in a table of entries of 2^shift bytes.
.macro address code, shift, base
#ifdef __riscv_zba
    sh\shift\()add \code, \code, \base
#else
    .if \shift == 1
    add \code, \code, \code
    .else
    slli \code, \code, \shift
    .endif
    add \code, \code, \base
#endif
.endm

// Loads an entry to where `add_entry` finds it: with `zero` the sum itself.
.macro load_entry load, sum, code, table, begin
    .ifc \begin, zero
    \load \sum, \table(\code)
    .else
    \load \code, \table(\code)
    .endif
.endm
.macro add_entry sum, code, begin
    .ifb \begin
    add \sum, \sum, \code
    .else
    .ifnc \begin, zero
    add \sum, \begin, \code
    .endif
    .endif
.endm

// The entries of the codes at w + offset out of the table at base + table, added to the sums, or, where it is given,
// to the register `begin`; an entry takes 2^shift bytes.
.macro slot load, shift, w, offset, base, table, begin
    lbu CODE0, \offset(\w)
    lbu CODE1, \offset + 1(\w)
    lbu CODE2, \offset + 2(\w)
    .irp code, CODE0, CODE1, CODE2
    address \code, \shift, \base
    .endr
    load_entry \load, SUM0, CODE0, \table, \begin
    load_entry \load, SUM1, CODE1, \table, \begin
    add_entry SUM0, CODE0, \begin
    lbu CODE0, \offset + 3(\w)
    load_entry \load, SUM2, CODE2, \table, \begin
    address CODE0, \shift, \base
    add_entry SUM1, CODE1, \begin
    load_entry \load, SUM3, CODE0, \table, \begin
    add_entry SUM2, CODE2, \begin
    add_entry SUM3, CODE0, \begin
.endm

// The bases: `distance` behind `before` and behind one another.
.macro find_bases distance, before, base, more:vararg
    add \base, \before, \distance
    .ifnb \more
    find_bases \distance, \base, \more
    .endif
.endm

// entry = where to begin to leave n slots out; uses `product`.
.macro find_entry entry, n, product
    lla \entry, slots
#ifdef __riscv_mul
    li \product, SLOT_BYTES
    mul \product, \product, \n
    add \entry, \entry, \product
#else
    .irp bit, 2, 3, 4, 5, 6
    .if SLOT_BYTES & 1 << \bit
    slli \product, \n, \bit
    add \entry, \entry, \product
    .endif
    .endr
#endif
.endm

// Stands behind the last of n slots.
.macro check_slots n
    .if . - slots - (\n) * SLOT_BYTES
    .error "SLOT_BYTES is not the length of a slot."
    .endif
.endm

#endif
