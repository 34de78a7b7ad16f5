// recur_s32 in two passes, each of which has the registers it needs: gates to spans, which wait in open as factors of
// SMMLAR, 15 cycles an element or 18.5 with a bound, and the recurrence, two elements a turn: 38.5,
// or 41 one by one where the input has room.
// ref/recur_s32.c defines it.
//
// Tried and lost: one pass, as units and pointers then lie on the stack. Lost by count: the SiLU of two at once in the
// recurrence, which lacks a register.
#include "function.h"
#include "sigmoid_asm.h"

    // Arguments on the stack, above twelve saved registers.
    .equ GATE_MANTISSA, 48
    .equ GATE_EXPONENT, 52
    .equ BOUND, 56
    .equ INPUT, 60
    .equ INPUT_ROOM, 64
    .equ INPUT_MANTISSA, 68
    .equ INPUT_EXPONENT, 72
    .equ N, 76

// The span of one gate, in the upper half of a word.
.macro one_span has_bound
    ldr r4, [r8], #4
    .if \has_bound
    ldrh r0, [r6], #2
    .endif
    to_q16 r4
    sigmoid rsb, r7, r4, r5, span_beyond
    .if \has_bound
    lsr r7, r7, #16
    mla r7, r7, r0, r9
    .endif
    bfc r7, #0, #16
    str r7, [r1], #4
.endm

.macro two_spans has_bound
    ldr.w r5, [r8, #4]
    ldr.w r4, [r8], #8
    to_q16 r4
    to_q16 r5
    sigmoid_two rsb, r7, r11, r4, r5, r0, spans_beyond
    .if \has_bound
    ldrh.w r5, [r6, #2]
    ldrh.w r4, [r6], #4
    lsr r7, r7, #16
    lsr r11, r11, #16
    mla r7, r7, r4, r9
    mla r11, r11, r5, r9
    .endif
    bfc r7, #0, #16
    bfc r11, #0, #16
    str.w r11, [r1, #4]
    str.w r7, [r1], #8
.endm

// All of them, two a turn.
.macro all_spans has_bound
    ldr r11, [sp, #N]
    lsrs r11, #1
    // Shifts take the lowest byte of a register; turns are counted above it.
    add r2, r2, r11, lsl #8
    bcc 1f
    one_span \has_bound
1:  subs r2, #256
    blo 3f
    .balign 4
2:  two_spans \has_bound
    subs r2, #256
    bhs 2b
3:
.endm

// h in r6, what it moves towards in r4, the span in r5. As a signed word a span of a half or more lacks 2^32, which is
// one value in the upper word.
.macro one_step has_room=1
    ldr r4, [r8], #4
    to_q16 r4, \has_room
    silu r4, r6, r7, input_beyond
    ldr r5, [r1]
    ldr r6, [r0]
    sub r4, r6
    and r7, r4, r5, asr #31
    smmlar r7, r4, r5, r7
    add r6, r7
    str r6, [r0], #4
    silu r6, r5, r7, state_beyond
    or_bits r11, r6, r5
    str r6, [r1], #4
.endm

// uint32_t recur_s32(int32_t *h, int32_t *open, const int32_t *gate, struct tlm_unit gate_unit, const uint16_t *bound,
//                    const int32_t *input, struct tlm_unit input_unit, size_t n)
function recur_s32
    push {r0-r2, r4-r11, lr}
    ldr r4, [sp, #GATE_EXPONENT]
    ldr r5, [sp, #INPUT_EXPONENT]
    ldr r7, [sp, #INPUT_ROOM]
    ldr r6, [sp, #BOUND]
    sub r8, r3, r4
    subs r7, r5
    cmp r8, #32
    it ge
    cmpge r7, #32
    blt rarely

    mov r8, r2
    mov r2, r3
    ldr r3, [sp, #GATE_MANTISSA]
    ready_unit rarely
    mov r9, #0x8000
    load_windows
    cmp r6, #0
    beq without_bound
    all_spans 1
spans_done:
    ldm sp, {r0, r1}
    ldr r8, [sp, #INPUT]
    ldr r2, [sp, #INPUT_ROOM]
    ldr r3, [sp, #INPUT_MANTISSA]
    ldr r4, [sp, #INPUT_EXPONENT]
    ready_unit rarely
    mov r11, #0
    ldr r4, [sp, #N]
    // Shifts take the lowest byte of a register; turns are counted above it.
    no_room 7f
    lsrs r4, #1
    add r2, r2, r4, lsl #8
    bcc 4f
    one_step
4:  subs r2, #256
    blo 6f
5:  one_step 0
    one_step 0
    subs r2, #256
    bhs 5b
6:  mov r0, r11
    add sp, #12
    pop {r4-r11, pc}

7:  add r2, r2, r4, lsl #8
    b 9f
8:  one_step
9:  subs r2, #256
    bhs 8b
    b 6b

without_bound:
    all_spans 0
    b spans_done

rarely:
    pop {r0-r2, r4-r11, lr}
    b tlm_recur_rarely
span_beyond:
    sigmoid_beyond rsb, r7, r4, r5
spans_beyond:
    sigmoid_tails rsb, r7, r11, r4, r5, r0
input_beyond:
    sigmoid_beyond add, r6, r4, r7
state_beyond:
    sigmoid_beyond add, r5, r6, r7
    end_of recur_s32
