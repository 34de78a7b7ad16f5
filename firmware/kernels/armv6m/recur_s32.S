// recur_s32 in two passes, each of which has the registers it needs: gates to spans, which wait in open, 35 cycles an
// element (29 without a bound), and the recurrence, 72 an element; without row scales 30 (24) and 67, of more than 258
// columns 43 (37), as gates are shifted first, and 75. ref/recur_s32.c defines it.
//
// Lost, on paper: two elements a turn (1.5 cycles of 107, for twice the code).
#include "function.h"
#include "sigmoid_asm.h"

    // Arguments on the stack, above nine saved registers.
    .equ GATE_MANTISSA, 36
    .equ GATE_EXPONENT, 40
    .equ BOUND, 44
    .equ INPUT, 48
    .equ INPUT_ROOM, 52
    .equ INPUT_MANTISSA, 56
    .equ INPUT_EXPONENT, 60
    .equ N, 64

// Spans of gates: r0 gate, r1 open up to r9, r3 mantissa, r2 places, r7 bound, r8 0x8000.
.macro spans kind, has_bound, id
1:  ldm r0!, {r4}
    to_q16 \kind, r3, r2
    rsbs r4, #0
    sigmoid \id
    .if \has_bound
    ldrh r5, [r7]
    adds r7, #2
    muls r6, r5
    add r6, r8
    lsrs r6, #16
    .endif
    stm r1!, {r6}
    cmp r1, r9
    bne 1b
    b .Lsteps
    beyond \id
.endm

// The recurrence: r0 h, r1 open up to r11, r7 input, r8 mantissa, r9 places; r2 bits.
.macro recurrence kind, target, opened
1:  ldm r7!, {r4}
    mov r6, r8
    mov r3, r9
    .if \kind == SHIFTED
    ldr r5, [sp, #INPUT_ROOM]
    .endif
    to_q16 \kind, r6, r3, r5
    silu \target
    ldr r6, [r1]
    ldr r3, [r0]
    subs r4, r3
    uxth r5, r4
    asrs r4, #16
    muls r4, r6
    muls r5, r6
    lsrs r5, #16
    adcs r4, r5
    adds r4, r3
    stm r0!, {r4}
    silu \opened
    stm r1!, {r4}
    or_bits r2, r4, r5
    cmp r1, r11
    bne 1b
    b .Ldone
    beyond \target
    beyond \opened
.endm

// uint32_t recur_s32(int32_t *h, int32_t *open, const int32_t *gate, struct tlm_unit gate_unit, const uint16_t *bound,
//                    const int32_t *input, struct tlm_unit input_unit, size_t n)
function recur_s32
    push_high
    ldr r6, [sp, #INPUT_ROOM]
    ldr r7, [sp, #INPUT_EXPONENT]
    ready_unit r4, r6, r7, .Lrarely
    mov r9, r6
    mov r8, r4
    mov r10, r12
    ldr r7, [sp, #GATE_EXPONENT]
    ready_unit r4, r3, r7, .Lrarely
    ldr r5, [sp, #N]
    cmp r5, #0
    beq .Lnone
    b .Lbegin
.Lrarely:
    leave_to tlm_recur_rarely
.Lnone:
    movs r0, #0
    pop_high
    pop {r4-r7, pc}

.Lbegin:
    lsls r5, #2
    // The kind of the input waits where its room was, places and half of it on the stack, h and open below them.
    mov r6, r9
    str r6, [sp, #INPUT_ROOM]
    mov r6, r10
    mov r7, r8
    push {r6, r7}
    push {r0-r3}
    mov r6, r12
    bl tlm_sigmoid_middle
    mov r10, r0
    mov r12, r6
    pop {r0-r3}
    push {r0, r1}
    adds r6, r5, r1
    mov r9, r6
    mov r11, r6
    shift_first r3, r1, r2, r5, r6
    movs r0, r2
    movs r2, r4
    movs r5, r3
    movs r3, #1
    lsls r3, #15
    mov r8, r3
    ldr r7, [sp, #BOUND + 16]
    ldr r3, [sp, #GATE_MANTISSA + 16]
    cmp r5, #SCALED
    bne .Lsmall_gate
    cmp r7, #0
    beq .Lunbound
    spans SCALED, 1, a
.Lunbound:
    spans SCALED, 0, b
.Lsmall_gate:
    cmp r7, #0
    beq .Lunbound_small
    spans SMALL, 1, c
.Lunbound_small:
    spans SMALL, 0, d

.Lsteps:
    pop {r0, r1}
    pop {r6, r7}
    mov r12, r6
    mov r9, r7
    ldr r4, [sp, #INPUT_MANTISSA]
    mov r8, r4
    ldr r7, [sp, #INPUT]
    movs r2, #0
    ldr r4, [sp, #INPUT_ROOM]
    cmp r4, #SMALL
    beq .Lsmall_input
    cmp r4, #SCALED
    beq .Lscaled_input
    b .Lshifted_input
.Lscaled_input:
    recurrence SCALED, e, f
.Lsmall_input:
    recurrence SMALL, g, h
.Lshifted_input:
    recurrence SHIFTED, i, j

.Ldone:
    movs r0, r2
    pop_high
    pop {r4-r7, pc}
    .size recur_s32, . - recur_s32
