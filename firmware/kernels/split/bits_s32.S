// bits_s32, shared among the cores.
#include "split_asm.h"

// uint32_t bits_s32(const int32_t *in, size_t n)
function bits_s32
    begin_split
    cut r1, r5, r1
    str r5, [r7, #JOB_ARGUMENTS + 4]
    lsls r4, r1, #2
    further 0, r0
    do_both bits_part_s32
    end_with_bits
    .size bits_s32, . - bits_s32
