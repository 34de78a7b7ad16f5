// table_s8_t2 for RV32; lookup/table_s8_t2.c defines it.
//
// Two entries a word, and of 128 words the 54 that hold a code: each is one addition and one store. The six words of
// the first two columns stay in registers and walk through the nine trits of the last two, from zero trits on, so that
// each step is one column.
//
// Instructions of a call: 5 + 122 * n_groups: 54 stores, 48 steps, 17 to begin with, 3 of the loop.
// Cycles of a group, simulated on RTL: Hazard3 without branch prediction 123, PicoRV32 484.
//
// Lost, by count: all words (74 more stores); columns in the order of their codes 0, 1, 3 (needs twice an activation).
#include "function.h"

#define TABLE a0
#define X a1
#define END a2
#define BIAS a3 // in both halves
    // Of the digits of the first two columns: trits 0 and 1 of the first, then no code and trit -1.
#define WORD0 t0
#define WORD1 t1
#define WORD2 t2
#define WORD3 t3
#define WORD4 t4
#define WORD5 t5
    // The activation of a column in the high half; in both.
#define HIGH0 a4
#define BOTH1 a5
#define BOTH2 a6
#define BOTH3 a7

    .equ TABLE_BYTES, 512 // Twin: tableEntries in host-tools/contracts/image.ts, of 2 bytes.

.macro store at
    sw WORD0, \at(TABLE)
    sw WORD1, \at + 4(TABLE)
    sw WORD2, \at + 8(TABLE)
    sw WORD3, \at + 12(TABLE)
    sw WORD4, \at + 24(TABLE)
    sw WORD5, \at + 28(TABLE)
.endm

// Moves the words by a column and stores them.
.macro third op, both, at
    .irp word, WORD0, WORD1, WORD2, WORD3, WORD4, WORD5
    \op \word, \word, \both
    .endr
    store \at
.endm

// void table_s8_t2(uint16_t *table, const int8_t *x, size_t n_groups)
function table_s8_t2
    slli END, a2, 9
    add END, END, TABLE
    lui BIAS, 0x2000
    addi BIAS, BIAS, 0x200
next_group:
    lb HIGH0, 0(X)
    lb BOTH1, 1(X)
    lb BOTH2, 2(X)
    lb BOTH3, 3(X)
    slli HIGH0, HIGH0, 16
    slli WORD1, BOTH1, 16
    slli WORD2, BOTH2, 16
    slli WORD3, BOTH3, 16
    add BOTH1, BOTH1, WORD1
    add BOTH2, BOTH2, WORD2
    add BOTH3, BOTH3, WORD3
    add WORD0, BIAS, HIGH0
    sub WORD1, BIAS, HIGH0
    add WORD2, WORD0, BOTH1
    add WORD3, WORD1, BOTH1
    sub WORD4, WORD0, BOTH1
    sub WORD5, WORD1, BOTH1
    // From zero trits on: a column apart each.
    store 0
    third add, BOTH2, 32
    third add, BOTH3, 160
    third sub, BOTH2, 128
    third sub, BOTH2, 224
    third sub, BOTH3, 96
    third sub, BOTH3, 480
    third add, BOTH2, 384
    third add, BOTH2, 416
    addi TABLE, TABLE, TABLE_BYTES
    addi X, X, 4
    bne TABLE, END, next_group
    ret
    .size table_s8_t2, . - table_s8_t2
