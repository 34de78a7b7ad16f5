// Jobs as both cores see them: core 1's loop, and how core 0 waits for it. cores.h says what a job is, parallel.c
// starts core 1.
    .syntax unified
    .cpu cortex-m0plus
    .thumb

    // struct tlm_job.
    .equ WORK, 32
    .equ ARGUMENTS, 36
    .equ HAS_CORE1, 60
    .equ JOB_BYTES, 100

    .section .bss.tlm_job, "aw", %nobits
    .balign 8
    .global tlm_job
    .type tlm_job, %object
tlm_job:
    .space JOB_BYTES
    .size tlm_job, JOB_BYTES

    .macro function name
    .section .text.\name, "ax", %progbits
    .balign 4
    .global \name
    .type \name, %function
    .thumb_func
\name:
    .endm

// Calls what is there, with its arguments, those on the stack too: the stack ends where the job begins.
    function tlm_core1_jobs
    ldr r7, =tlm_job + ARGUMENTS
    subs r5, r7, #ARGUMENTS - WORK
    movs r4, #0
    b 2f
1:  wfe
2:  ldr r6, [r5]
    cmp r6, #0
    beq 1b
    ldm r7!, {r0-r3}
    blx r6
    stm r7!, {r0, r1}
    subs r7, #24
    str r4, [r5]
    dsb
    sev
    b 2b
    .ltorg
    .size tlm_core1_jobs, . - tlm_core1_jobs

// The way out of sleep is to be short. Changes r2 and r3 alone.
    function tlm_await
    ldr r3, =tlm_job
    ldr r2, [r3, #WORK]
    cmp r2, #0
    beq 2f
    ldr r2, [r3, #HAS_CORE1]
    cmp r2, #0
    beq 3f
1:  wfe
    ldr r2, [r3, #WORK]
    cmp r2, #0
    bne 1b
2:  bx lr
    // Without core 1 what it was to do, on a copy of its stack.
3:  push {r0, r1, r4-r7, lr}
    sub sp, #36
    movs r7, r3
    mov r6, sp
    ldm r7!, {r0-r3}
    stm r6!, {r0-r3}
    ldm r7!, {r0-r4} // the last one is the work
    stm r6!, {r0-r3}
    ldm r7!, {r0-r3}
    blx r4
    stm r7!, {r0, r1}
    subs r7, #28
    movs r0, #0
    str r0, [r7]
    add sp, #36
    pop {r0, r1, r4-r7, pc}
    .ltorg
    .size tlm_await, . - tlm_await
