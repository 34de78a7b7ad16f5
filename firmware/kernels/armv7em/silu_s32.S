// silu_s32, four elements a turn, two at a time: 69 cycles, 17.25 an element; with room two a turn, 19. ref/silu_s32.c
// defines it.
//
// An odd number of twos begins in the middle of a turn.
#include "function.h"
#include "sigmoid_asm.h"

    .equ EXPONENT, 36
    .equ N, 40

.macro two has_room
    ldr.w r5, [r1, #4]
    ldr.w r4, [r1], #8
    to_q16 r4, \has_room
    to_q16 r5, \has_room
    sigmoid_two add, r6, r7, r4, r5, r8, tails
    times r4, r6, r8
    times r5, r7, r8
    or_bits r11, r4, r6
    or_bits r11, r5, r7
    str.w r5, [r0, #4]
    str.w r4, [r0], #8
.endm

// uint32_t silu_s32(int32_t *out, const int32_t *in, struct tlm_unit unit, size_t n)
function silu_s32
    push {r4-r11, lr}
    ldr r4, [sp, #EXPONENT]
    sub r5, r2, r4
    cmp r5, #32
    blt 5f
    ready_unit 5f
    mov r9, #0x8000
    load_windows
    mov r11, #0
    // Shifts take the lowest byte of a register; turns are counted above it.
    ldr r4, [sp, #N]
    lsrs r4, #1
    beq 3f
    sub r4, #1
    no_room 6f
    lsrs r4, #1
    add r2, r2, r4, lsl #8
    bcc.w 2f
    .balign 4
1:  two 0
2:  two 0
    subs r2, #256
    bhs 1b
3:  ldr r4, [sp, #N]
    lsls r4, #31
    beq 4f
    ldr r4, [r1]
    to_q16 r4
    silu r4, r6, r7, beyond
    or_bits r11, r4, r6
    str r4, [r0]
4:  mov r0, r11
    pop {r4-r11, pc}

5:  pop {r4-r11, lr}
    b tlm_silu_large

6:  add r2, r2, r4, lsl #8
7:  two 1
    subs r2, #256
    bhs 7b
    b 3b
tails:
    sigmoid_tails add, r6, r7, r4, r5, r8
beyond:
    sigmoid_beyond add, r6, r4, r7
    end_of silu_s32
