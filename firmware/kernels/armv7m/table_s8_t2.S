// table_s8_t2: the tables of groups of 4 activations, two groups in the halves of one.
//
// Groups 2 i and 2 i + 1 are as two vectors in table_pair_s8_t2.S, whose loop builds their table. An odd last group
// stands in both halves.
//
// Cost of a call on a Cortex-M4 at zero wait states: 98.5 n_groups + 49 cycles for an even number of groups.
//
// Lost: a table for each group with two entries a word (129 cycles a group and 304 bytes).
#include "table_single.h"

    table_single t2, 4
