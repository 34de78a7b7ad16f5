// table_pair_s8_t5 for RV32; lookup/table_pair_s8_t5.c defines it.
//
// One entry a word, and of 256 the 243 that are codes: each is one addition and one store. The nine entries of the
// first two columns stay in registers and walk through the 27 trits of the others so that each step is one column. No
// such walk begins at zero trits; this one begins with -1 in the last column.
//
// Instructions of a call, for two vectors: 15 + 510 * n_groups: 243 stores, 234 steps, 29 to begin with, 4 of the loop.
// Cycles of a group, simulated on RTL: Hazard3 without branch prediction 512, PicoRV32 2038.
//
// Lost, by count: 27 entries in registers (there are not as many); the entries that are no codes as well (9 more
// stores).
#include "function.h"

#define TABLE a0
#define X0 a1
#define X1 a2
#define END a3
#define BIAS a4 // in both halves
    // The entries of the digits of the first two columns.
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
#define COLUMN4 s3

    .equ TABLE_BYTES, 1024 // Twin: tableEntries in host-tools/contracts/image.ts, of 4 bytes.

// The entries of zero trits in the third and fourth column and -1 in the last.
.macro first_entries
    lb COLUMN0, 0(X0)
    lb ENTRY0, 0(X1)
    lb COLUMN1, 1(X0)
    lb ENTRY1, 1(X1)
    lb COLUMN2, 2(X0)
    lb ENTRY2, 2(X1)
    lb COLUMN3, 3(X0)
    lb ENTRY3, 3(X1)
    lb COLUMN4, 4(X0)
    lb ENTRY4, 4(X1)
    .irp entry, ENTRY0, ENTRY1, ENTRY2, ENTRY3, ENTRY4
    slli \entry, \entry, 16
    .endr
    add COLUMN0, COLUMN0, ENTRY0
    add COLUMN1, COLUMN1, ENTRY1
    add COLUMN2, COLUMN2, ENTRY2
    add COLUMN3, COLUMN3, ENTRY3
    add COLUMN4, COLUMN4, ENTRY4
    sub ENTRY4, BIAS, COLUMN4
    sub ENTRY3, ENTRY4, COLUMN0
    add ENTRY5, ENTRY4, COLUMN0
    sub ENTRY0, ENTRY3, COLUMN1
    sub ENTRY1, ENTRY4, COLUMN1
    sub ENTRY2, ENTRY5, COLUMN1
    add ENTRY6, ENTRY3, COLUMN1
    add ENTRY7, ENTRY4, COLUMN1
    add ENTRY8, ENTRY5, COLUMN1
.endm

.macro store at
    .set offset, 4 * (\at)
    .irp entry, ENTRIES
    sw \entry, offset(TABLE)
    .set offset, offset + 4
    .endr
.endm

// Moves the entries by a column and stores them from code `at` on.
.macro ninth op, column, at
    .irp entry, ENTRIES
    \op \entry, \entry, \column
    .endr
    store \at
.endm

// void table_pair_s8_t5(uint32_t *table, const int8_t *x0, const int8_t *x1, size_t n_groups)
function table_pair_s8_t5
    save 4
    slli END, a3, 10
    add END, END, TABLE
    lui BIAS, 0x2800
    addi BIAS, BIAS, 0x280
next_group:
    first_entries
    // A column apart each: trits -1 of the last column from the middle outward, then 0, then 1.
    store 9 + 28
    ninth add, COLUMN2, 18 + 28
    ninth add, COLUMN3, 18 + 56
    ninth sub, COLUMN2, 9 + 56
    ninth sub, COLUMN2, 56
    ninth sub, COLUMN3, 28
    ninth sub, COLUMN3, 0
    ninth add, COLUMN2, 9
    ninth add, COLUMN2, 18
    ninth add, COLUMN4, 18 + 84
    ninth sub, COLUMN2, 9 + 84
    ninth sub, COLUMN2, 84
    ninth add, COLUMN3, 28 + 84
    ninth add, COLUMN2, 9 + 28 + 84
    ninth add, COLUMN2, 18 + 28 + 84
    ninth add, COLUMN3, 18 + 56 + 84
    ninth sub, COLUMN2, 9 + 56 + 84
    ninth sub, COLUMN2, 56 + 84
    ninth add, COLUMN4, 56 + 168
    ninth add, COLUMN2, 9 + 56 + 168
    ninth add, COLUMN2, 18 + 56 + 168
    ninth sub, COLUMN3, 18 + 28 + 168
    ninth sub, COLUMN2, 9 + 28 + 168
    ninth sub, COLUMN2, 28 + 168
    ninth sub, COLUMN3, 168
    ninth add, COLUMN2, 9 + 168
    ninth add, COLUMN2, 18 + 168
    addi TABLE, TABLE, TABLE_BYTES
    addi X0, X0, 5
    addi X1, X1, 5
    bne TABLE, END, next_group
    restore 4
    ret
    .size table_pair_s8_t5, . - table_pair_s8_t5
