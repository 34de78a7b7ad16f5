// The logistic function and SiLU of a Q16 word, and integers as Q16, for kernels in assembly. ref/sigmoid.h
// and ref/unit.h define them.
//
// Registers of all of them: r2 room + 1 in its lowest byte, r3 scale * 2^15, r12 what rounds, lr places to
// shift right by; r9 0x800, r10 tlm_sigmoid_steps.
// clang-format off

// By SMMLA, which is a product's upper word plus what rounds the shift behind it. 3 cycles.
.macro to_q16 word
    lsl \word, \word, r2
    smmla \word, \word, r3, r12
    asr \word, \word, lr
.endm

// Makes a unit ready: room in r2, mantissa in r3, exponent in r4; goes to `large` where a scale shifts left.
.macro ready_unit large
    lsl r3, r3, #15
    sub lr, r2, r4
    add r2, #1
    subs lr, #32
    blt \large
    cmp lr, #31 // 31 places round to 0 as more do
    it hi
    movhi lr, #31
    mov r12, #1
    lsl r12, r12, lr
    lsr r12, r12, #1
.endm

// open = logistic(x), or of -x where op is rsb. 10 cycles; beyond -8 .. 8 by the tail's table.
.macro sigmoid op, open, x, spare
    \op \spare, \x, #0x80000
    cmp \spare, #0x100000
    bhs 91f
    lsr \open, \spare, #12
    ldr \open, [r10, \open, lsl #2]
    ubfx \spare, \spare, #0, #12
    smlatb \spare, \open, \spare, r9
    lsr \spare, \spare, #12
    uxtah \open, \spare, \open
92:
    .subsection 1
91: push {r0-r3, r12, lr}
    .ifc \op, rsb
    rsb r0, \x, #0
    .else
    mov r0, \x
    .endif
    bl tlm_sigmoid_tail
    mov \open, r0
    pop {r0-r3, r12, lr}
    b 92b
    .previous
.endm

// to = SiLU(x); x is used up. 13 cycles.
.macro silu to, x, open, spare
    sigmoid add, \open, \x, \spare
    lsl \open, \open, #15
    lsl \x, \x, #1 // doubled, it still fits a word
    smmulr \to, \x, \open
.endm
