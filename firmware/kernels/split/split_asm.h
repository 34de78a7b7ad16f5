// How kernels are shared among the two cores, in assembly: the other core's part is a call of the core
// class's kernel whose arguments lie in the job, those on the stack too, where core 1's stack ends
// (hal/rp2040/cores.h); tlm_await is that of parallel_jobs.S.
// clang-format off
//
// Vectors are cut in the middle, the other core's half of whole fours. The own half is a call with the arguments
// of the caller, where only the number of elements is another: what has to survive it waits in the job as well.
//
// Lost, counted: vectors of 48 and 64 elements on one core, even those of the cheapest kernels; all of this in C, a
// structure for each kernel and a function that takes it apart again (45 cycles more a call, of all kernels).
#ifndef TLM_SPLIT_ASM_H
#define TLM_SPLIT_ASM_H

#include "../armv6m/function.h"

    // struct tlm_job.
    .equ JOB_STACK, 0
    .equ JOB_WORK, 32
    .equ JOB_ARGUMENTS, 36
    .equ JOB_RESULT, 52
    .equ JOB_HAS_CORE1, 60
    .equ JOB_NORM, 64
    .equ JOB_RETURN, 80
    .equ JOB_SAVED, 84

// r7 the job, once what was handed over before is done; r4-r6 are spare.
.macro begin_split
    mov r12, r7
    ldr r7, =tlm_job
    str r4, [r7, #JOB_SAVED]
    ldr r4, [r7, #JOB_WORK]
    str r5, [r7, #JOB_SAVED + 4]
    mov r5, lr
    str r5, [r7, #JOB_RETURN]
    mov r5, r12
    str r6, [r7, #JOB_SAVED + 8]
    str r5, [r7, #JOB_SAVED + 12]
    cmp r4, #0
    beq 91f
    push {r2, r3}
    bl tlm_await
    pop {r2, r3}
91:
.endm

// n elements: to `own` those that stay here, to `other` those of the other core. They may be one register with n.
.macro cut own, other, n
    lsrs \other, \n, #3
    lsls \other, \other, #2
    subs \own, \n, \other
.endm

// Argument i of the other core: an array, r4 bytes further on. r5 is used up.
.macro further i, array
    adds r5, \array, r4
    str r5, [r7, #JOB_ARGUMENTS + 4 * \i]
.endm
// The same of argument i on the stack, r4 bytes or none further on.
.macro stack_further i
    ldr r5, [sp, #4 * \i]
    adds r5, r4
    str r5, [r7, #JOB_STACK + 4 * \i]
.endm
.macro stack_same i
    ldr r5, [sp, #4 * \i]
    str r5, [r7, #JOB_STACK + 4 * \i]
.endm

// Gives the other core its part, of which all arguments are there. r4 is used up.
.macro hand_over part
    ldr r4, =\part
    str r4, [r7, #JOB_WORK]
    dsb
    sev
.endm

// Both parts; r0 and r1 are what the own one returns.
.macro do_both part
    hand_over \part
    bl \part
    ldr r4, [r7, #JOB_WORK]
    cmp r4, #0
    beq 92f
    bl tlm_await // which leaves r0 and r1
92:
.endm

// Returns r0 and r1.
.macro end_split
    ldr r2, [r7, #JOB_RETURN]
    adds r7, #JOB_SAVED
    ldm r7!, {r4-r6}
    ldr r7, [r7]
    bx r2
    .ltorg
.endm

// r0 with the bits of the other part, and the return.
.macro end_with_bits
    ldr r1, [r7, #JOB_RESULT]
    orrs r0, r1
    end_split
.endm

// Of two arrays, a unit of three words and n; or where the fourth argument is an array too, of these and another value.
.macro split_elements name, part, has_third=0
function \name
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
    .if \has_third
    further 3, r3
    .else
    str r3, [r7, #JOB_ARGUMENTS + 12]
    .endif
    do_both \part
    end_with_bits
    .size \name, . - \name
.endm

#endif
