// add_s32, two elements a turn: 43 cycles, 21.5 an element; without row scales 33, 16.5, of more than 258 columns 45,
// 22.5. ref/add_s32.c defines it.
//
// A value is within Q16 where doubling it does not overflow.
#include "elements.h"

.macro add_one kind, id
    ldm r1!, {r4}
    to_q16 \kind, r3, r2, r6
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

// uint32_t add_s32(int32_t *x, const int32_t *in, struct tlm_unit unit, size_t n)
function add_s32
    begin_elements tlm_add_rarely
    all_elements add_one, hold, 1
    .size add_s32, . - add_s32
