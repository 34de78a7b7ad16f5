// quantize_s32_s8, shared among the cores.
#include "split_asm.h"

// void quantize_s32_s8(int8_t *q, const int32_t *z, uint32_t largest, size_t n)
function quantize_s32_s8
    begin_split
    cut r3, r5, r3
    str r2, [r7, #JOB_ARGUMENTS + 8]
    str r5, [r7, #JOB_ARGUMENTS + 12]
    movs r4, r3
    further 0, r0
    lsls r4, r4, #2
    further 1, r1
    do_both quantize_part_s32_s8
    end_split
    .size quantize_s32_s8, . - quantize_s32_s8
