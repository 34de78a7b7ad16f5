// Classes of the instructions of an RV32IMC core with Zba. Source: RISC-V unprivileged specification
// 20191213, chapters 16 (C), 24 (opcodes); bit manipulation 1.0.0 (Zba lies among the operations of
// registers). SPDX-License-Identifier: MIT
#ifndef COUNT_RV32_H
#define COUNT_RV32_H

#include <stdbool.h>

#include "count-insn.h"

/** A register as a bit; x0 has none, since nobody waits for it. */
static uint32_t bit_of(uint32_t reg) { return 1u << (reg & 31) & ~1u; }

/** Quadrant 0: registers x8 to x15, memory, and the address of something on the stack. */
static void classify_c0(struct insn *insn, uint16_t a) {
    const uint32_t base = bit_of(8 + (a >> 7 & 7)), value = bit_of(8 + (a >> 2 & 7));
    switch (a >> 13) {
    case 0: // C.ADDI4SPN
        insn->needed = bit_of(2);
        break;
    case 2: // C.LW
        insn->class = LOAD, insn->loaded = value, insn->needed = base;
        break;
    case 6: // C.SW
        insn->class = STORE, insn->needed = base | value;
        break;
    case 4:
        break;
    default: // C.FLD C.FLW C.FSD C.FSW
        insn->class = FP;
    }
}

/** Quadrant 1: constants, arithmetic of x8 to x15, jumps and branches. */
static void classify_c1(struct insn *insn, uint16_t a) {
    const uint32_t wide = bit_of(a >> 7), first = bit_of(8 + (a >> 7 & 7)), second = bit_of(8 + (a >> 2 & 7));
    switch (a >> 13) {
    case 0: // C.ADDI
        insn->needed = wide;
        break;
    case 2: // C.LI
        break;
    case 3: // C.ADDI16SP; C.LUI reads nothing
        insn->needed = wide == bit_of(2) ? wide : 0;
        break;
    case 4: // C.SRLI C.SRAI C.ANDI; C.SUB C.XOR C.OR C.AND
        insn->needed = first | ((a >> 10 & 3) == 3 ? second : 0);
        break;
    case 6: // C.BEQZ
    case 7: // C.BNEZ
        insn->class = BRANCH, insn->needed = first;
        break;
    default: // C.JAL C.J
        insn->class = BRANCH;
    }
}

/** Quadrant 2: all registers, the stack, and jumps to a register. */
static void classify_c2(struct insn *insn, uint16_t a) {
    const uint32_t first = bit_of(a >> 7), second = bit_of(a >> 2);
    const bool adds = a & 0x1000;
    switch (a >> 13) {
    case 0: // C.SLLI
        insn->needed = first;
        break;
    case 2: // C.LWSP
        insn->class = LOAD, insn->loaded = first, insn->needed = bit_of(2);
        break;
    case 4:
        if (a & 0x007c) // C.MV C.ADD
            insn->needed = second | (adds ? first : 0);
        else if (a & 0x0f80) // C.JR C.JALR, not C.EBREAK
            insn->class = BRANCH, insn->needed = first;
        break;
    case 6: // C.SWSP
        insn->class = STORE, insn->needed = bit_of(2) | second;
        break;
    default: // C.FLDSP C.FLWSP C.FSDSP C.FSWSP
        insn->class = FP;
    }
}

static void classify_rv_16(struct insn *insn, uint16_t a) {
    insn->class = OTHER;
    if ((a & 3) == 0)
        classify_c0(insn, a);
    else if ((a & 3) == 1)
        classify_c1(insn, a);
    else
        classify_c2(insn, a);
}

static void classify_rv_32(struct insn *insn, uint32_t word) {
    const uint32_t rd = bit_of(word >> 7), rs1 = bit_of(word >> 15), rs2 = bit_of(word >> 20);
    const uint32_t operation = word >> 12 & 7;
    insn->class = OTHER;
    switch (word & 0x7f) {
    case 0x03:
        insn->class = LOAD, insn->loaded = rd, insn->needed = rs1;
        break;
    case 0x23:
        insn->class = STORE, insn->needed = rs1 | rs2;
        break;
    case 0x13: // with a constant
        insn->needed = rs1;
        break;
    case 0x33: // of registers; M is there with 1 above
        insn->needed = rs1 | rs2;
        if (word >> 25 == 1) insn->class = operation < 4 ? MUL : DIV;
        break;
    case 0x63:
        insn->class = BRANCH, insn->needed = rs1 | rs2;
        break;
    case 0x6f: // JAL
        insn->class = BRANCH;
        break;
    case 0x67: // JALR
        insn->class = BRANCH, insn->needed = rs1;
        break;
    case 0x73: // CSRRW CSRRS CSRRC from a register
        if (operation >= 1 && operation <= 3) insn->needed = rs1;
        break;
    case 0x07: // FLW
    case 0x27: // FSW
    case 0x43: // FMADD, FMSUB, FNMSUB, FNMADD and the rest
    case 0x47:
    case 0x4b:
    case 0x4f:
    case 0x53:
        insn->class = FP;
        break;
    default: // LUI AUIPC FENCE, and what this core has not
        break;
    }
}

#endif
