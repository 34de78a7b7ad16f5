// scale_rows_s32, shared among the cores.
#include "split_asm.h"

    // Arguments on the stack.
    .equ DIGITS, 0
    .equ SCALES, 1

// void scale_rows_s32(int32_t *out, const int32_t *sums, size_t n_rows, size_t n_cols, size_t n_digits,
//                     const int16_t *row_scales)
function scale_rows_s32
    begin_split
    ldr r6, [sp, #4 * DIGITS]
    str r6, [r7, #JOB_STACK + 4 * DIGITS]
    cmp r0, r1
    bne 1f
    cmp r6, #1
    bne 2f
1:  cut r2, r5, r2
    str r5, [r7, #JOB_ARGUMENTS + 8]
    str r3, [r7, #JOB_ARGUMENTS + 12]
    lsls r4, r2, #1
    stack_further SCALES
    lsls r4, r2, #2
    further 0, r0
    muls r4, r6
    further 1, r1
    do_both scale_rows_part_s32
    end_split
2:  ldr r4, [r7, #JOB_RETURN] // as if nothing had happened
    mov lr, r4
    ldr r4, =tlm_scale_rows_by_stages
    mov r12, r4
    adds r7, #JOB_SAVED
    ldm r7!, {r4-r6}
    ldr r7, [r7]
    bx r12
    .ltorg
    .size scale_rows_s32, . - scale_rows_s32
