// gate_s32, two elements a turn: 39 cycles, 19.5 an element. ref/gate_s32.c defines it.
#include "function.h"

    // Arguments on the stack, above nine saved registers.
    .equ FACTOR_BITS, 36
    .equ N, 40

// r0 out, r1 open, r3 factors, r2 shift, r8 places of factors; r7 bits.
.macro gate
    ldm r1!, {r4}
    ldm r3!, {r5}
    mov r6, r8
    asrs r5, r6
    lsls r4, r2
    uxth r6, r4
    asrs r4, #16
    muls r4, r5
    muls r6, r5
    asrs r6, #16
    adds r4, r6
    stm r0!, {r4}
    or_bits r7, r4, r6
.endm

// uint32_t gate_s32(int32_t *out, const int32_t *open, uint32_t shift, const int32_t *factors, uint32_t factor_bits,
//                   size_t n)
function gate_s32
    push_high
    ldr r4, [sp, #FACTOR_BITS]
    ldr r6, [sp, #N]
    movs r5, #0
    lsrs r4, #15
    beq 2f
1:  adds r5, #1 // bit length - 15
    lsrs r4, #1
    bne 1b
2:  mov r8, r5
    lsls r4, r6, #2
    adds r4, r0
    mov r9, r4 // end
    movs r7, #0
    lsrs r6, #1
    bcc 4f
    b 5f
3:  gate
5:  gate
4:  cmp r0, r9
    bne 3b
    movs r0, r7
    pop_high
    pop {r4-r7, pc}
    .size gate_s32, . - gate_s32
