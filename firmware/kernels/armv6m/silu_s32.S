// silu_s32, two elements a turn: 71 cycles, 35.5 an element; without row scales 61, 30.5. ref/silu_s32.c defines it.
#include "function.h"
#include "sigmoid_asm.h"

    // Arguments on the stack, above nine saved registers.
    .equ EXPONENT, 36
    .equ N, 40

// r0 out, r1 in, r3 mantissa, r2 places; r7 bits.
.macro one kind, id
    ldm r1!, {r4}
    to_q16 \kind, r3, r2
    silu \id
    stm r0!, {r4}
    or_bits r7, r4, r5
.endm

// Elements up to r9; the first alone where the carry is set.
.macro silu_all kind, even, odd
    bcs 2f
    b 3f
1:  one \kind, \even
2:  one \kind, \odd
3:  cmp r0, r9
    bne 1b
    movs r0, r7
    pop_high
    pop {r4-r7, pc}
    beyond \even
    beyond \odd
.endm

// uint32_t silu_s32(int32_t *out, const int32_t *in, struct tlm_unit unit, size_t n)
function silu_s32
    push_high
    ldr r4, [sp, #EXPONENT]
    movs r7, r2
    ready_unit r6, r7, r4, .Lrarely
    b .Lbegin
.Lrarely:
    leave_to tlm_silu_rarely

.Lbegin:
    movs r2, r6
    push {r0-r3}
    mov r4, r12
    bl tlm_sigmoid_middle
    mov r12, r4
    mov r10, r0
    pop {r0-r3}
    ldr r4, [sp, #N]
    lsls r5, r4, #2
    adds r5, r0
    mov r9, r5
    movs r5, r7
    movs r7, #0
    cmp r5, #0
    bne .Lsmall
    lsrs r4, #1
    silu_all SCALED, a, b
.Lsmall:
    lsrs r4, #1
    silu_all SMALL, c, d
    .size silu_s32, . - silu_s32
