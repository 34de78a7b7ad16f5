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

// open = logistic(x), or of -x where op is rsb, beyond -8 .. 8.
.macro sigmoid_tail op, open, x
    push {r0-r3, r12, lr}
    .ifc \op, rsb
    rsb r0, \x, #0
    .else
    mov r0, \x
    .endif
    bl tlm_sigmoid_tail
    mov \open, r0
    pop {r0-r3, r12, lr}
.endm

// From the entry of a step in open, and where in the step.
.macro interpolate open, fraction
    smlatb \fraction, \open, \fraction, r9
    lsr \fraction, \fraction, #12
    uxtah \open, \fraction, \open
.endm
// From x + 8 or 8 - x in spare; what an address takes is not computed right ahead of it.
.macro between open, spare
    lsr \open, \spare, #12
    ubfx \spare, \spare, #0, #12
    ldr \open, [r10, \open, lsl #2]
    interpolate \open, \spare
.endm

// open = logistic(x), or of -x where op is rsb. 10 cycles; beyond -8 .. 8 by the tail's table.
.macro sigmoid op, open, x, spare
    \op \spare, \x, #0x80000
    cmp \spare, #0x100000
    bhs 91f
    between \open, \spare
92:
    .subsection 1
91: sigmoid_tail \op, \open, \x
    b 92b
    .previous
.endm

.macro sigmoid_one_of_two op, open, x, spare
    cmp \open, #0x100000
    bhs 93f
    mov \spare, \open
    between \open, \spare
    b 94f
93: sigmoid_tail \op, \open, \x
94:
.endm
// The same of two, whose loads are neighbours: 18 cycles. rsb uses x0 and x1 up.
.macro sigmoid_two op, open0, open1, x0, x1, spare
    \op \open0, \x0, #0x80000
    \op \open1, \x1, #0x80000
    orr \spare, \open0, \open1
    cmp \spare, #0x100000
    bhs 91f
    .ifc \op, rsb
    ubfx \x0, \open0, #0, #12
    ubfx \x1, \open1, #0, #12
    .endif
    lsr \open0, \open0, #12
    lsr \open1, \open1, #12
    ldr \open0, [r10, \open0, lsl #2]
    ldr \open1, [r10, \open1, lsl #2]
    .ifc \op, rsb
    interpolate \open0, \x0
    interpolate \open1, \x1
    .else
    ubfx \spare, \x0, #0, #12
    interpolate \open0, \spare
    ubfx \spare, \x1, #0, #12
    interpolate \open1, \spare
    .endif
92:
    .subsection 1
91: sigmoid_one_of_two \op, \open0, \x0, \spare
    sigmoid_one_of_two \op, \open1, \x1, \spare
    b 92b
    .previous
.endm

// to = x open; both are used up.
.macro times to, x, open
    lsl \open, \open, #15
    lsl \x, \x, #1 // doubled, it still fits a word
    smmulr \to, \x, \open
.endm

// to = SiLU(x); x is used up. 13 cycles.
.macro silu to, x, open, spare
    sigmoid add, \open, \x, \spare
    times \to, \x, \open
.endm
