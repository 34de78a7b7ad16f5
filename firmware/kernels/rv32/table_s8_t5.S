// table_s8_t5 for RV32; lookup/table_s8_t5.c defines it.
//
// Two entries a word: each of 126 words is one addition and one store. The fourteen words of the first three columns
// stay in registers and walk through the nine trits of the last two, from zero trits outward, so that each step is
// one column. Words begin at the bias: no sum of the activations is wanted.
//
// Instructions of a call: 31 + 277 * n_groups: 126 stores, 112 steps, 36 to begin with, 3 of the loop.
// Cycles of a group, simulated on RTL: Hazard3 277, without branch prediction 278; PicoRV32 1095.
//
// Lost, by count: beginning at trits of -1 (6 more); a word by its mirror image, twice the bias less that (an addition
// as well); doubling a half by MUL with 0x10001 (3 fewer, but tens of cycles where the multiplier is slow).
#include "function.h"

#define TABLE a0
#define X a1
#define END a2
#define BIAS a3 // in both halves
    // Two entries each, of the digits of the first three columns.
#define WORD0 t0
#define WORD1 t1
#define WORD2 t2
#define WORD3 t3
#define WORD4 t4
#define WORD5 t5
#define WORD6 t6
#define WORD7 a4
#define WORD8 a5
#define WORD9 a6
#define WORD10 a7
#define WORD11 s0
#define WORD12 s1
#define WORD13 s2
#define WORDS WORD0, WORD1, WORD2, WORD3, WORD4, WORD5, WORD6, WORD7, WORD8, WORD9, WORD10, WORD11, WORD12, WORD13
    // The activation of a column; the same in the high half; in both.
#define LOW0 s3
#define LOW1 s4
#define LOW2 s5
#define HIGH0 s6
#define HIGH1 s7
#define BOTH1 s8
#define BOTH2 s9
#define BOTH3 s10
#define BOTH4 s11

    .equ TABLE_BYTES, 512 // Twin: tableEntries in host-tools/contracts/image.ts, of 2 bytes.

// The words of zero trits in the last two columns.
.macro first_words
    lb LOW0, 0(X)
    lb LOW1, 1(X)
    lb LOW2, 2(X)
    lb BOTH3, 3(X)
    lb BOTH4, 4(X)
    slli HIGH0, LOW0, 16
    slli HIGH1, LOW1, 16
    slli WORD0, LOW2, 16
    slli WORD1, BOTH3, 16
    slli WORD2, BOTH4, 16
    add BOTH1, LOW1, HIGH1
    add BOTH2, LOW2, WORD0
    add BOTH3, BOTH3, WORD1
    add BOTH4, BOTH4, WORD2
    sub WORD6, BIAS, LOW0 // --0 and 000 are the trits of its entries, third column first: 00- and 000
    add WORD7, BIAS, LOW0 // 00+ and 0+-
    add WORD4, WORD7, LOW1 // -++ and 0--
    add WORD7, WORD7, HIGH1
    sub WORD7, WORD7, HIGH0
    add WORD13, WORD4, BOTH2 // +++
    sub WORD4, WORD4, LOW2
    sub WORD4, WORD4, HIGH0
    sub WORD4, WORD4, HIGH1
    add LOW0, BIAS, HIGH0 // 000 and 00+
    add LOW1, BOTH2, BOTH1
    sub LOW2, BOTH2, BOTH1
    sub WORD0, WORD6, LOW1 // --- and --0
    sub WORD1, WORD7, LOW1 // --+ and -0-
    sub WORD2, LOW0, BOTH2 // -00 and -0+
    sub WORD3, WORD6, LOW2 // -+- and -+0
    sub WORD5, LOW0, BOTH1 // 0-0 and 0-+
    add WORD8, LOW0, BOTH1 // 0+0 and 0++
    add WORD9, WORD6, LOW2 // +-- and +-0
    add WORD10, WORD7, LOW2 // +-+ and +0-
    add WORD11, LOW0, BOTH2 // +00 and +0+
    add WORD12, WORD6, LOW1 // ++- and ++0
.endm

// Moves the words by a column and stores them.
.macro third op, both, at
    .set offset, \at
    .irp word, WORDS
    \op \word, \word, \both
    sw \word, offset(TABLE)
    .set offset, offset + 4
    .endr
.endm

// void table_s8_t5(uint16_t *table, const int8_t *x, size_t n_groups)
function table_s8_t5
    save 12
    slli END, a2, 9
    .option push
    .option norvc // so that the loop begins on a word, which is a cycle a turn of Hazard3
    add END, END, TABLE
    .option pop
    lui BIAS, 0x2800
    addi BIAS, BIAS, 0x280
next_group:
    first_words
    // From the middle outward: a column apart each.
    .set offset, 224
    .irp word, WORDS
    sw \word, offset(TABLE)
    .set offset, offset + 4
    .endr
    third add, BOTH3, 280
    third add, BOTH4, 448
    third sub, BOTH3, 392
    third sub, BOTH3, 336
    third sub, BOTH4, 168
    third sub, BOTH4, 0
    third add, BOTH3, 56
    third add, BOTH3, 112
    addi TABLE, TABLE, TABLE_BYTES
    addi X, X, 5
    bne TABLE, END, next_group
    restore 12
    ret
    .size table_s8_t5, . - table_s8_t5
