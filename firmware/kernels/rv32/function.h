// What the assembly of RV32 shares: the start of a function, and saved registers.
// clang-format off
#ifndef TLM_RV32_FUNCTION_H
#define TLM_RV32_FUNCTION_H

    .option norelax // distances within a function are known here

.macro function name
    .section .text.\name, "ax", %progbits
    .balign 4
    .globl \name
    .type \name, %function
\name:
.endm

// Stores or loads s0 .. s(n - 1) from sp upward.
.macro each_saved op, n
    .irp i, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
    .if \i < \n
    \op s\i, 4 * \i(sp)
    .endif
    .endr
.endm
.macro save n
    addi sp, sp, -((4 * \n + 15) & -16)
    each_saved sw, \n
.endm
.macro restore n
    each_saved lw, \n
    addi sp, sp, (4 * \n + 15) & -16
.endm

#endif
