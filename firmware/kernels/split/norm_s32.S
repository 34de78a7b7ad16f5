// norm_s32, shared among the cores.
#include "split_asm.h"

    // Arguments on the stack.
    .equ OUTER, 0
    .equ WEIGHTS, 1
    .equ N, 8

// void norm_s32(int32_t *z, struct tlm_norm *norm, const int32_t *in, uint32_t shift, const int16_t *outer,
//               const int16_t *weights, size_t n)
function norm_s32
    begin_split
    ldr r4, [sp, #N]
    cut r4, r5, r4
    str r4, [sp, #N]
    str r5, [r7, #JOB_STACK + N]
    lsls r4, r4, #2
    further 0, r0
    further 2, r2
    str r3, [r7, #JOB_ARGUMENTS + 12]
    movs r5, #JOB_NORM
    adds r5, r7
    str r5, [r7, #JOB_ARGUMENTS + 4]
    lsrs r4, r4, #1
    stack_further WEIGHTS
    ldr r5, [sp, #OUTER]
    cmp r5, #0
    beq 1f
    adds r5, r4
1:  str r5, [r7, #JOB_STACK + OUTER]
    movs r6, r1
    do_both norm_part_s32
    // The sums of both parts, and the larger one of their largest.
    ldr r0, [r6]
    ldr r1, [r6, #4]
    ldr r2, [r7, #JOB_NORM]
    ldr r3, [r7, #JOB_NORM + 4]
    adds r0, r2
    adcs r1, r3
    ldr r2, [r7, #JOB_NORM + 8]
    ldr r3, [r6, #8]
    cmp r2, r3
    bhs 2f
    movs r2, r3
2:  stm r6!, {r0-r2}
    end_split
    .size norm_s32, . - norm_s32
