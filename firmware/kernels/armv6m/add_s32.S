// add_s32, two elements a turn: 43 cycles, 21.5 an element; without row scales 33, 16.5. ref/add_s32.c defines it.
//
// A value is within Q16 where doubling it does not overflow.
#include "function.h"
#include "sigmoid_asm.h"

    // Arguments on the stack, above nine saved registers.
    .equ EXPONENT, 36
    .equ N, 40

// r0 x, r1 in, r3 mantissa, r2 places; r7 bits.
.macro add_one kind, id
    ldm r1!, {r4}
    to_q16 \kind, r3, r2
    ldr r5, [r0]
    adds r4, r5
    adds r5, r4, r4
    bvs .Lhold_\id
.Lheld_\id:
    stm r0!, {r4}
    or_bits r7, r4, r5
.endm
.macro hold id
.Lhold_\id:
    movs r5, #3
    lsls r5, #30
    mvns r5, r5
    asrs r4, #31
    eors r4, r5
    b .Lheld_\id
.endm

// Elements up to r9; the first alone where the carry is set.
.macro add_all kind, even, odd
    bcs 2f
    b 3f
1:  add_one \kind, \even
2:  add_one \kind, \odd
3:  cmp r0, r9
    bne 1b
    movs r0, r7
    pop_high
    pop {r4-r7, pc}
    hold \even
    hold \odd
.endm

// uint32_t add_s32(int32_t *x, const int32_t *in, struct tlm_unit unit, size_t n)
function add_s32
    push_high
    ldr r4, [sp, #EXPONENT]
    movs r7, r2
    ready_unit r6, r7, r4, .Lrarely
    b .Lbegin
.Lrarely:
    leave_to tlm_add_rarely

.Lbegin:
    movs r2, r6
    ldr r4, [sp, #N]
    lsls r5, r4, #2
    adds r5, r0
    mov r9, r5
    movs r5, r7
    movs r7, #0
    cmp r5, #0
    bne .Lsmall
    lsrs r4, #1
    add_all SCALED, e, f
.Lsmall:
    lsrs r4, #1
    add_all SMALL, g, h
    .size add_s32, . - add_s32
