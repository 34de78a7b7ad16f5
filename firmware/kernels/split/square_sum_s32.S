// square_sum_s32, shared among the cores.
#include "split_asm.h"

// uint64_t square_sum_s32(const int32_t *in, uint32_t shift, size_t n)
function square_sum_s32
    begin_split
    cut r2, r5, r2
    str r5, [r7, #JOB_ARGUMENTS + 8]
    str r1, [r7, #JOB_ARGUMENTS + 4]
    lsls r4, r2, #2
    further 0, r0
    do_both square_sum_part_s32
    ldr r2, [r7, #JOB_RESULT]
    ldr r3, [r7, #JOB_RESULT + 4]
    adds r0, r2
    adcs r1, r3
    end_split
    .size square_sum_s32, . - square_sum_s32
