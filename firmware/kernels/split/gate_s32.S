// gate_s32, shared among the cores.
#include "split_asm.h"

// uint32_t gate_s32(int32_t *out, const int32_t *open, uint32_t shift, const int32_t *factors, uint32_t factor_bits,
//                   size_t n)
function gate_s32
    begin_split
    ldr r4, [sp, #4]
    cut r4, r5, r4
    str r4, [sp, #4]
    str r5, [r7, #JOB_STACK + 4]
    stack_same 0
    lsls r4, r4, #2
    further 0, r0
    further 1, r1
    str r2, [r7, #JOB_ARGUMENTS + 8]
    further 3, r3
    do_both gate_part_s32
    end_with_bits
    .size gate_s32, . - gate_s32
