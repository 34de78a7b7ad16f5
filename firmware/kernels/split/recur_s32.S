// recur_s32, shared among the cores.
#include "split_asm.h"

    // Arguments on the stack.
    .equ GATE_MANTISSA, 0
    .equ GATE_EXPONENT, 1
    .equ BOUND, 2
    .equ INPUT, 3
    .equ INPUT_ROOM, 4
    .equ INPUT_MANTISSA, 5
    .equ INPUT_EXPONENT, 6
    .equ N, 7

// uint32_t recur_s32(int32_t *h, int32_t *open, const int32_t *gate, struct tlm_unit gate_unit, const uint16_t *bound,
//                    const int32_t *input, struct tlm_unit input_unit, size_t n)
function recur_s32
    begin_split
    ldr r4, [sp, #4 * N]
    cut r4, r5, r4
    str r4, [sp, #4 * N]
    str r5, [r7, #JOB_STACK + 4 * N]
    stack_same GATE_MANTISSA
    stack_same GATE_EXPONENT
    stack_same INPUT_ROOM
    stack_same INPUT_MANTISSA
    stack_same INPUT_EXPONENT
    lsls r4, r4, #2
    stack_further INPUT
    further 0, r0
    further 1, r1
    further 2, r2
    str r3, [r7, #JOB_ARGUMENTS + 12]
    lsrs r4, r4, #1
    ldr r5, [sp, #4 * BOUND]
    cmp r5, #0
    beq 1f
    adds r5, r4
1:  str r5, [r7, #JOB_STACK + 4 * BOUND]
    do_both recur_part_s32
    end_with_bits
    .size recur_s32, . - recur_s32
