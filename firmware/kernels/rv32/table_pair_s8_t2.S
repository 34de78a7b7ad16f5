// table_pair_s8_t2 for RV32; lookup/table_pair_s8_t2.c defines it.
//
// One entry a word, and of 256 the 81 that are codes: each is one addition and one store. The nine entries of the
// first two columns stay in registers and walk through the nine trits of the last two, from zero trits on, so that
// each step is one column.
//
// Instructions of a call, for two vectors: 13 + 182 * n_groups: 81 stores, 72 steps, 25 to begin with, 4 of the loop.
// Cycles of a group, simulated on RTL: Hazard3 without branch prediction 183, PicoRV32 726.
//
// Lost, by count: all entries (175 more stores).
#include "function.h"

#define TABLE a0
#define X0 a1
#define X1 a2
#define END a3
#define BIAS a4 // in both halves
    // The entries of trits 0, 1 and -1 in the first column, then in the second.
#define ENTRY0 t0
#define ENTRY1 t1
#define ENTRY2 t2
#define ENTRY3 t3
#define ENTRY4 t4
#define ENTRY5 t5
#define ENTRY6 t6
#define ENTRY7 s0
#define ENTRY8 s1
#define ENTRIES ENTRY0, ENTRY1, ENTRY2, ENTRY3, ENTRY4, ENTRY5, ENTRY6, ENTRY7, ENTRY8
    // The activations of a column, that of the second vector in the high half.
#define COLUMN0 a5
#define COLUMN1 a6
#define COLUMN2 a7
#define COLUMN3 s2

    .equ TABLE_BYTES, 1024 // Twin: tableEntries in host-tools/contracts/image.ts, of 4 bytes.

// The entries of zero trits in the last two columns.
.macro first_entries
    lb COLUMN0, 0(X0)
    lb ENTRY0, 0(X1)
    lb COLUMN1, 1(X0)
    lb ENTRY1, 1(X1)
    lb COLUMN2, 2(X0)
    lb ENTRY2, 2(X1)
    lb COLUMN3, 3(X0)
    lb ENTRY3, 3(X1)
    .irp entry, ENTRY0, ENTRY1, ENTRY2, ENTRY3
    slli \entry, \entry, 16
    .endr
    add COLUMN0, COLUMN0, ENTRY0
    add COLUMN1, COLUMN1, ENTRY1
    add COLUMN2, COLUMN2, ENTRY2
    add COLUMN3, COLUMN3, ENTRY3
    mv ENTRY0, BIAS
    add ENTRY1, BIAS, COLUMN0
    sub ENTRY2, BIAS, COLUMN0
    add ENTRY3, BIAS, COLUMN1
    add ENTRY4, ENTRY1, COLUMN1
    add ENTRY5, ENTRY2, COLUMN1
    sub ENTRY6, BIAS, COLUMN1
    sub ENTRY7, ENTRY1, COLUMN1
    sub ENTRY8, ENTRY2, COLUMN1
.endm

.macro store at
    sw ENTRY0, 4 * (\at)(TABLE)
    sw ENTRY1, 4 * (\at) + 4(TABLE)
    sw ENTRY2, 4 * (\at) + 12(TABLE)
    sw ENTRY3, 4 * (\at) + 16(TABLE)
    sw ENTRY4, 4 * (\at) + 20(TABLE)
    sw ENTRY5, 4 * (\at) + 28(TABLE)
    sw ENTRY6, 4 * (\at) + 48(TABLE)
    sw ENTRY7, 4 * (\at) + 52(TABLE)
    sw ENTRY8, 4 * (\at) + 60(TABLE)
.endm

// Moves the entries by a column and stores them from code `at` on.
.macro ninth op, column, at
    .irp entry, ENTRIES
    \op \entry, \entry, \column
    .endr
    store \at
.endm

// void table_pair_s8_t2(uint32_t *table, const int8_t *x0, const int8_t *x1, size_t n_groups)
function table_pair_s8_t2
    save 3
    slli END, a3, 10
    add END, END, TABLE
    lui BIAS, 0x2000
    addi BIAS, BIAS, 0x200
next_group:
    first_entries
    // From zero trits on: a column apart each.
    store 0
    ninth add, COLUMN2, 16
    ninth add, COLUMN3, 16 + 64
    ninth sub, COLUMN2, 64
    ninth sub, COLUMN2, 48 + 64
    ninth sub, COLUMN3, 48
    ninth sub, COLUMN3, 48 + 192
    ninth add, COLUMN2, 192
    ninth add, COLUMN2, 16 + 192
    addi TABLE, TABLE, TABLE_BYTES
    addi X0, X0, 4
    addi X1, X1, 4
    bne TABLE, END, next_group
    restore 3
    ret
    .size table_pair_s8_t2, . - table_pair_s8_t2
