// silu_s32, two elements a turn: 71 cycles, 35.5 an element; without row scales 61, 30.5, of more than 258 columns 8 more
// than with them, as all are shifted first. ref/silu_s32.c defines it.
#include "elements.h"

.macro silu_one kind, id
    ldm r1!, {r4}
    to_q16 \kind, r3, r2
    silu \id
    stm r0!, {r4}
    or_bits r7, r4, r5
.endm

// uint32_t silu_s32(int32_t *out, const int32_t *in, struct tlm_unit unit, size_t n)
function silu_s32
    begin_elements tlm_silu_rarely
    ldr r5, [sp, #N]
    lsls r5, #2
    shift_first r7, r0, r1, r5, r4
    push {r0-r3}
    mov r4, r12
    bl tlm_sigmoid_middle
    mov r12, r4
    mov r10, r0
    pop {r0-r3}
    all_elements silu_one, beyond, 0
    .size silu_s32, . - silu_s32
