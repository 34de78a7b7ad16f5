// table_s8_t5: the tables of groups of 5 activations, two groups in the halves of one.
//
// Groups 2 i and 2 i + 1 are as two vectors in table_pair_s8_t5.S, whose loop builds their table. An odd last group
// stands in both halves.
//
// Cost of a call at zero wait states, by the loop beside this: 271 n_groups + 56 cycles for an even number of groups.
//
// Lost: a table for each group with two entries a word (305 cycles a group and 556 bytes, since some words have to be
// put together from halves).
#include "table_single.h"

    table_single t5, 5
