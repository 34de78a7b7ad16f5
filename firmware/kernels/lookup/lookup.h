// The ternary product by table look-up: per group of activations a table of the sums of all its trit
// combinations, and per row one look-up and one addition a group. The C beside this is right on any core;
// core classes override it by file name.
//
// A group's table takes TLM_TABLE_ENTRIES entries, whatever the packing: entry `code` is a bias, which keeps
// it from being negative, plus the trits of the code times the group's activations. Entries of bytes that are
// no code are worth nothing. Entries of a pair hold that of the first vector in the low half and that of the
// second in the high half.
//
// Where the entries of a single vector lie is the core class's own, as long as groups g, g even, begin at
// table + TLM_TABLE_ENTRIES * g. In the portable layout entry c of group g is table[g][c]. On Armv7-M
// (armv7m, armv7em) two neighbouring groups share the words of one table as the vectors of a pair do: entry c
// of group g is table[2 * TLM_TABLE_ENTRIES * (g / 2) + 2 * c + g % 2], and an odd last group takes the room
// of two, whose other halves may hold anything.
#ifndef TLM_LOOKUP_H
#define TLM_LOOKUP_H

#include <stddef.h>
#include <stdint.h>

// Twin: tableEntries in host-tools/contracts/image.ts.
enum { TLM_TABLE_ENTRIES = 256 };
// At least a group's largest magnitude, 127 times its columns; an entry is at most 1275.
enum { TLM_BIAS_T5 = 640, TLM_BIAS_T2 = 512 };
// Entries that add up to less than 2^16, whichever they are.
enum { TLM_PAIR_GROUPS_MAX = 51 };

// table[n_groups][TLM_TABLE_ENTRIES], as above, of x[5 * n_groups] and x[4 * n_groups], each in -127 .. 127;
// n_groups >= 1. The table starts on a word.
void table_s8_t5(uint16_t *table, const int8_t *x, size_t n_groups);
void table_s8_t2(uint16_t *table, const int8_t *x, size_t n_groups);
void table_pair_s8_t5(uint32_t *table, const int8_t *x0, const int8_t *x1, size_t n_groups);
void table_pair_s8_t2(uint32_t *table, const int8_t *x0, const int8_t *x1, size_t n_groups);

// What sums begin with: `start`, whatever y held; or, if `adds`, what y holds, and then `start` is 0.
//
// Parts of a pair's product whose groups are at most TLM_PAIR_GROUPS_MAX in all may hand their sums on as the
// words that entries are, in the place of y0, where a core class says in pair_words.h that it knows how:
// `adds` is then TLM_FROM_WORDS if sums begin with such words as well as `start`, plus TLM_TO_WORDS if they
// are to be left as words, to which `start` is not added.
struct tlm_beginning {
    int32_t start; // -2^23 .. 0
    uint32_t adds; // 0 or 1, and of pairs the modes below
};
enum { TLM_FROM_WORDS = 2, TLM_TO_WORDS = 4 };

// y[4 * n_blocks] = what the sums begin with, plus the entries of the codes w[n_blocks][n_groups][4];
// n_blocks >= 1, n_groups 1 .. TLM_IMAGE_CHUNK_GROUPS_MAX; w starts on a word.
void lookup_u16(int32_t *y, const uint8_t *w, size_t n_blocks, size_t n_groups, const uint16_t *table,
                struct tlm_beginning beginning);

// The same for two vectors; the codes of a block begin `stride` bytes, a multiple of 4, behind those of the
// block before. n_groups 1 .. TLM_PAIR_GROUPS_MAX.
void lookup_pair_u32(int32_t *y0, int32_t *y1, const uint8_t *w, size_t n_blocks, size_t n_groups,
                     size_t stride, const uint32_t *table, struct tlm_beginning beginning);

#endif
