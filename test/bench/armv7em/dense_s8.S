// dense_s8 for cores with the DSP extension; test/bench/dense_s8.c defines it, but here n_cols is a multiple of 32.
//
// Four columns of four rows are 5 loads in one run (6 cycles), 10 SXTB16 and 8 SMLAD: 24 cycles for 16 weights; a loop of
// eight of them costs 4 more.
    .syntax unified
    .thumb
    .text

    .equ STEPS, 8
    .equ X, 0
    .equ N_COLS, 4
    .equ Y, 8
    .equ LOCALS, 12
    .equ N_COLS_ARGUMENT, LOCALS + 36

// Adds a row's four columns to its sum; the activations are in r12 and lr.
.macro row word, sum
    sxtb16 r0, \word
    smlad \sum, r0, r12, \sum
    sxtb16 \word, \word, ror #8
    smlad \sum, \word, lr, \sum
.endm
.macro step
    ldr r12, [r2], #4
    ldr r5, [r1, #4]
    ldr r6, [r1, #8]
    ldr r7, [r1, #12]
    ldr r4, [r1], #16
    sxtb16 lr, r12, ror #8
    sxtb16 r12, r12
    row r4, r8
    row r5, r9
    row r6, r10
    row r7, r11
.endm

    .global dense_s8
    .type dense_s8, %function
    .thumb_func
// void dense_s8(int32_t *y, const int8_t *w, const int8_t *x, size_t n_rows, size_t n_cols)
dense_s8:
    push {r4-r11, lr}
    sub sp, #LOCALS
    ldr r4, [sp, #N_COLS_ARGUMENT]
    strd r2, r4, [sp, #X]
    add r3, r0, r3, lsl #2
    push {r3}
    // r0 y, then a code; r1 w; r2 x; r3 its end; r4-r7 words of four rows; r8-r11 sums; r12, lr activations.
1:  str r0, [sp, #4 + Y]
    ldrd r2, r3, [sp, #4 + X]
    add r3, r2
    mov r8, #0
    mov r9, #0
    mov r10, #0
    mov r11, #0
2:
    .rept STEPS
    step
    .endr
    cmp r2, r3
    bne 2b
    ldr r0, [sp, #4 + Y]
    stm r0!, {r8-r11}
    ldr r3, [sp]
    cmp r0, r3
    bne 1b
    add sp, #LOCALS + 4
    pop {r4-r11, pc}
    .size dense_s8, . - dense_s8
