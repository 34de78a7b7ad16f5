// The logistic function and SiLU of a Q16 word, and integers as Q16, for kernels in assembly. ref/sigmoid.h
// and ref/unit.h define them.
//
// Registers of all of them: r2 room + 1 in its lowest byte (or 0, see no_room), r3 scale * 2^15, r12 what
// rounds, lr places to shift right by; r9 0x8000, r10 tlm_sigmoid_windows.
// clang-format off

// By SMMLA, which is a product's upper word plus what rounds the shift behind it. 3 cycles, 2 where r2 is known to be 0.
.macro to_q16 word, has_room=1
    .if \has_room
    lsl \word, \word, r2
    .endif
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

// A word without room need not be doubled where at least two places are left to shift right by: one less then does, and
// r2 is 0. Goes to `other` where not.
.macro no_room other
    cmp lr, #2
    it hs
    cmphs r2, #1
    bne \other
    mov r2, #0
    sub lr, #1
    lsr r12, r12, #1
.endm

.macro load_windows
    movw r10, #:lower16:tlm_sigmoid_windows
    movt r10, #:upper16:tlm_sigmoid_windows
.endm

// A place is x + 8 or, where op is rsb, 8 - x: it then takes x's register.
//
// open = logistic(x), or of -x where op is rsb, beyond -8 .. 8; in the upper half of the word.
.macro sigmoid_tail op, open, x
    push {r0-r3, r12, lr}
    .ifc \op, rsb
    sub r0, \x, #0x80000
    .else
    mov r0, \x
    .endif
    bl tlm_sigmoid_tail
    lsl \open, r0, #16
    pop {r0-r3, r12, lr}
.endm

// What a sigmoid goes to beyond -8 .. 8, and back to the address in spare; once for all in the same registers.
.macro sigmoid_beyond op, open, x, spare
    sigmoid_tail \op, \open, \x
    mov pc, \spare
.endm

// From the entry of a piece in open and the lower half of x, which is that of its place: 2 cycles.
.macro interpolate open, x, spare
    smlatb \spare, \open, \x, r9
    add \open, \spare, \open, lsl #16
.endm

// open = logistic(x), or of -x where op is rsb, which uses x up; in the upper half of a word, whose lower half is what is
// cut. 8 cycles; beyond -8 .. 8 by the tail's table. What an address takes is not computed right ahead of it.
.macro sigmoid op, open, x, spare, tail
    .ifc \op, rsb
    rsb \x, \x, #0x80000
    lsr \open, \x, #12
    cmp \x, #0x100000
    .else
    add \spare, \x, #0x80000
    lsr \open, \spare, #12
    cmp \spare, #0x100000
    .endif
    bhs 91f
    ldr \open, [r10, \open, lsl #2]
    interpolate \open, \x, \spare
92:
    .subsection 1
91: adr \spare, 92b
    b \tail
    .previous
.endm

.macro sigmoid_one_of_two op, open, x, spare
    .ifc \op, rsb
    mov \open, \x
    .endif
    cmp \open, #0x100000
    bhs 93f
    lsr \open, \open, #12
    ldr \open, [r10, \open, lsl #2]
    interpolate \open, \x, \spare
    b 94f
93: sigmoid_tail \op, \open, \x
94:
.endm
// The same of two, whose loads are neighbours: 14 cycles.
.macro sigmoid_two op, open0, open1, x0, x1, spare, tails
    .ifc \op, rsb
    rsb \x0, \x0, #0x80000
    rsb \x1, \x1, #0x80000
    orr \spare, \x0, \x1
    cmp \spare, #0x100000
    bhs 91f
    lsr \open0, \x0, #12
    lsr \open1, \x1, #12
    .else
    add \open0, \x0, #0x80000
    add \open1, \x1, #0x80000
    orr \spare, \open0, \open1
    cmp \spare, #0x100000
    bhs 91f
    lsr \open0, \open0, #12
    lsr \open1, \open1, #12
    .endif
    ldr \open0, [r10, \open0, lsl #2]
    ldr \open1, [r10, \open1, lsl #2]
    interpolate \open0, \x0, \spare
    interpolate \open1, \x1, \spare
92:
    .subsection 1
91: adr \spare, 92b
    b \tails
    .previous
.endm
// What it goes to where one or both lie beyond -8 .. 8; once for all twos in the same registers.
.macro sigmoid_tails op, open0, open1, x0, x1, spare
    push {\spare}
    sigmoid_one_of_two \op, \open0, \x0, \spare
    sigmoid_one_of_two \op, \open1, \x1, \spare
    pop {\spare}
    mov pc, \spare
.endm

// x = x open, open in the upper half of a word; open and spare are used up. As a signed word an open of a half or more
// lacks 2^32, which is one x in the upper word; that x is not negative.
.macro times x, open, spare
    bfc \open, #0, #16
    and \spare, \x, \open, asr #31
    smmlar \x, \x, \open, \spare
.endm

// x = SiLU(x). 11 cycles.
.macro silu x, open, spare, tail
    sigmoid add, \open, \x, \spare, \tail
    times \x, \open, \spare
.endm
