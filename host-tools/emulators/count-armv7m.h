// Classes of the instructions of a Cortex-M4, and the registers that its address generation may wait for.
// Source: ARMv7-M ARM A5 (encodings).
// SPDX-License-Identifier: MIT
#ifndef COUNT_ARMV7M_H
#define COUNT_ARMV7M_H

#include <stdbool.h>

#include "count-insn.h"

enum { SP_BIT = 1 << 13 };

static int count_bits(uint32_t bits) { return __builtin_popcount(bits); }

/** LDM, STM, PUSH, POP, LDRD, STRD of so many registers. */
static void set_multiple(struct insn *insn, int n_registers, uint32_t base, bool writes_back) {
    insn->class = LDM_STM, insn->n_registers = n_registers;
    insn->needed = base, insn->written_back = writes_back ? base : 0;
}

/** A single load of `value`, or a store. */
static void set_single(struct insn *insn, bool load, uint32_t value, uint32_t needed) {
    insn->class = load ? LOAD : STORE, insn->loaded = load ? value : 0, insn->needed = needed;
}

/** The register that arithmetic of 16 bits writes, below 0x4800 and from 0xA000 to 0xBFFF; nothing of a
 * comparison. */
static uint16_t written_16(uint16_t a) {
    const uint16_t low = 1u << (a & 7), eight = 1u << (a >> 8 & 7);
    if (a < 0x2000) return low;                                // shifts, ADD and SUB of three operands
    if (a < 0x4000) return (a & 0x1800) == 0x0800 ? 0 : eight; // MOV ADD SUB of a constant, not CMP
    if (a < 0x4400) {                                          // of two registers; not TST CMP CMN
        const int operation = a >> 6 & 15;
        return operation == 8 || operation == 10 || operation == 11 ? 0 : low;
    }
    if (a < 0x4700) // ADD and MOV of any registers, not CMP
        return (a & 0x0300) == 0x0100 ? 0 : (1u << ((a & 7) | (a >> 4 & 8))) & ~PC_BIT;
    if ((a & 0xf000) == 0xa000) return eight;                          // ADR, ADD to SP
    if ((a & 0xff00) == 0xb000) return SP_BIT;                         // ADD and SUB of SP
    return (a & 0xff00) == 0xb200 || (a & 0xff00) == 0xba00 ? low : 0; // SXTH … UXTB; REV …
}

static void classify_16(struct insn *insn, uint16_t a) {
    const uint16_t low = 1u << (a & 7), mid = 1u << (a >> 3 & 7), high = 1u << (a >> 6 & 7),
                   eight = 1u << (a >> 8 & 7);
    const bool load = a & 0x0800;
    insn->class = OTHER;
    if ((a & 0xf800) == 0x4800) { // LDR literal
        set_single(insn, true, eight, PC_BIT), insn->kind = LITERAL;
    } else if ((a & 0xf000) == 0x5000) { // register offset: STR STRH STRB, then the loads
        const bool register_load = (a & 0x0e00) >= 0x0600;
        set_single(insn, register_load, low, mid | high), insn->kind = register_load ? PLAIN : AT_REGISTER;
    } else if ((a & 0xe000) == 0x6000 || (a & 0xf000) == 0x8000) { // immediate offset
        set_single(insn, load, low, mid);
    } else if ((a & 0xf000) == 0x9000) { // SP relative
        set_single(insn, load, eight, SP_BIT);
    } else if ((a & 0xf000) == 0xc000) { // LDM, STM
        set_multiple(insn, count_bits(a & 0xff), eight, !load || !(a & eight));
    } else if ((a & 0xf600) == 0xb400) { // PUSH, POP; bit 8 is LR or PC
        set_multiple(insn, count_bits(a & 0x1ff), SP_BIT, true);
    } else if ((a & 0xff00) == 0x4700 || (a & 0xf800) == 0xe000 ||   // BX BLX; B
               ((a & 0xf000) == 0xd000 && (a & 0x0e00) != 0x0e00) || // B<cond>, not UDF and SVC
               (a & 0xf500) == 0xb100 || (a & 0xfd87) == 0x4487) {   // CBZ CBNZ; ADD and MOV to PC
        insn->class = BRANCH;
    } else if ((a & 0xff00) == 0xbf00 && (a & 0x000f)) {
        insn->kind = IT;
    } else {
        insn->class = (a & 0xffc0) == 0x4340 ? MUL : OTHER;
        insn->written = written_16(a);
    }
}

/** 0xE800 to 0xE9FF: load and store multiple, dual, exclusive, table branch. */
static void classify_multiple(struct insn *insn, uint16_t a, uint16_t b) {
    const bool load = a & 0x0010;
    const uint32_t base = 1u << (a & 15);
    if (!(a & 0x0040)) {
        set_multiple(insn, count_bits(b), base, a & 0x0020);
    } else if (a & 0x0120) { // LDRD STRD
        set_multiple(insn, 2, base, a & 0x0020);
    } else if ((a & 0xfff0) == 0xe8d0 && (b & 0x00e0) == 0) { // TBB TBH
        insn->class = BRANCH, insn->needed = base | 1u << (b & 15);
    } else { // exclusive; STREX is timed as a load, so that it is none of the stores that take one cycle
        set_single(insn, load, 1u << (b >> 12), base);
        if (!load) insn->kind = AT_REGISTER;
    }
}

/** 0xFA00 to 0xFAFF: shifts and extensions by register, parallel arithmetic, REV, CLZ. */
static int class_of_register_op(uint16_t a, uint16_t b) {
    const int op1 = a >> 4 & 15, op2 = b >> 4 & 15;
    if (op1 < 8 && op2 < 8) return OTHER;                                     // LSL LSR ASR ROR
    if (op1 < 8) return op1 == 2 || op1 == 3 || (a & 15) != 15 ? DSP : OTHER; // SXTB16, SXTAB …; plain SXTB …
    if (op2 < 8) return DSP;                                                  // SADD8 …
    return op1 == 8 || op1 == 10 ? DSP : OTHER;                               // QADD …, SEL; REV …, CLZ
}

/** 0xF800 to 0xF9FF: single loads and stores. Bit 7 says that the offset is 12 bits wide; of a literal it is
 * always. */
static void classify_single(struct insn *insn, uint16_t a, uint16_t b) {
    const bool load = a & 0x0010, literal = (a & 15) == 15, narrow = !(a & 0x0080) && !literal;
    const bool by_register = narrow && (b & 0x0fc0) == 0, writes_back = narrow && (b & 0x0900) == 0x0900;
    const uint32_t base = 1u << (a & 15);
    set_single(insn, load, 1u << (b >> 12), base | (by_register ? 1u << (b & 15) : 0));
    insn->written_back = writes_back ? base : 0;
    if (literal) insn->kind = LITERAL;
    if (by_register && !load) insn->kind = AT_REGISTER;
}

static void classify_32(struct insn *insn, uint16_t a, uint16_t b) {
    const uint16_t result = (1u << (b >> 8 & 15)) & ~PC_BIT; // PC stands for none, as of a comparison
    insn->class = OTHER;
    if ((a & 0xfe00) == 0xe800) {
        classify_multiple(insn, a, b);
    } else if ((a & 0xec00) == 0xec00) { // coprocessors 10 and 11
        insn->class = FP;
    } else if ((a & 0xf800) == 0xf000) {
        const bool branch =
            (b & 0x8000) && ((b & 0x5000) || (a & 0x0380) != 0x0380); // B BL B<cond>, not MSR and barriers
        if (branch) insn->class = BRANCH;
        if (!(b & 0x8000)) insn->written = result; // with a constant, bit fields, saturation
    } else if ((a & 0xfe00) == 0xf800) {
        classify_single(insn, a, b);
    } else if ((a & 0xff00) == 0xfa00) {
        insn->class = class_of_register_op(a, b), insn->written = result;
    } else if ((a & 0xff80) == 0xfb00) {
        insn->class = MUL, insn->written = result;
    } else if ((a & 0xff80) == 0xfb80) { // long ones have the lower half of their result above; a quotient 15
        insn->class = (a & 0xffd0) == 0xfb90 ? DIV : MUL;
        insn->written = result | ((1u << (b >> 12)) & ~PC_BIT);
    } else if ((a & 0xfe00) == 0xea00) {                    // with a shifted register
        insn->class = (a & 0xffe0) == 0xeac0 ? DSP : OTHER; // PKHBT PKHTB
        insn->written = result;
    }
}

#endif
