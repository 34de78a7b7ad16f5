// Classes of the instructions of a Cortex-M4. Source: ARMv7-M ARM A5 (encodings).
// SPDX-License-Identifier: MIT
#ifndef COUNT_ARMV7M_H
#define COUNT_ARMV7M_H

#include <stdbool.h>

#include "count-insn.h"

static int count_bits(uint32_t bits) { return __builtin_popcount(bits); }

static void classify_16(struct insn *insn, uint16_t a) {
    const uint16_t low = 1u << (a & 7), mid = 1u << (a >> 3 & 7), high = 1u << (a >> 6 & 7),
                   eight = 1u << (a >> 8 & 7);
    bool load = false;
    insn->class = OTHER;
    if ((a & 0xf800) == 0x4800) { // LDR literal
        insn->class = LOAD, insn->loaded = eight;
    } else if ((a & 0xf000) == 0x5000) { // register offset: STR STRH STRB, then the loads
        load = (a & 0x0e00) >= 0x0600;
        insn->class = load ? LOAD : STORE, insn->loaded = load ? low : 0, insn->needed = mid | high;
    } else if ((a & 0xe000) == 0x6000 || (a & 0xf000) == 0x8000) { // immediate offset
        load = a & 0x0800;
        insn->class = load ? LOAD : STORE, insn->loaded = load ? low : 0, insn->needed = mid;
    } else if ((a & 0xf000) == 0x9000) { // SP relative
        load = a & 0x0800;
        insn->class = load ? LOAD : STORE, insn->loaded = load ? eight : 0, insn->needed = 1u << 13;
    } else if ((a & 0xf000) == 0xc000) { // LDM, STM
        insn->class = LDM_STM, insn->n_registers = count_bits(a & 0xff);
    } else if ((a & 0xf600) == 0xb400) { // PUSH, POP; bit 8 is LR or PC
        insn->class = LDM_STM, insn->n_registers = count_bits(a & 0x1ff);
    } else if ((a & 0xffc0) == 0x4340) {
        insn->class = MUL;
    } else if ((a & 0xff00) == 0x4700 || (a & 0xf800) == 0xe000 ||   // BX BLX; B
               ((a & 0xf000) == 0xd000 && (a & 0x0e00) != 0x0e00) || // B<cond>, not UDF and SVC
               (a & 0xf500) == 0xb100 || (a & 0xfd87) == 0x4487) {   // CBZ CBNZ; ADD and MOV to PC
        insn->class = BRANCH;
    }
}

/** 0xE800 to 0xE9FF: load and store multiple, dual, exclusive, table branch. */
static void classify_multiple(struct insn *insn, uint16_t a, uint16_t b) {
    const bool load = a & 0x0010;
    if (!(a & 0x0040)) {
        insn->class = LDM_STM, insn->n_registers = count_bits(b);
    } else if (a & 0x0120) { // LDRD STRD
        insn->class = LDM_STM, insn->n_registers = 2;
    } else if ((a & 0xfff0) == 0xe8d0 && (b & 0x00e0) == 0) { // TBB TBH
        insn->class = BRANCH;
    } else { // exclusive
        insn->class = load ? LOAD : STORE;
        insn->needed = 1u << (a & 15), insn->loaded = load ? 1u << (b >> 12) : 0;
    }
}

/** 0xFA00 to 0xFAFF: shifts and extensions by register, parallel arithmetic, REV, CLZ. */
static enum class class_of_register_op(uint16_t a, uint16_t b) {
    const int op1 = a >> 4 & 15, op2 = b >> 4 & 15; if (op1 < 8 && op2 < 8) return OTHER; // LSL LSR ASR ROR
    if (op1 < 8) return op1 == 2 || op1 == 3 || (a & 15) != 15 ? DSP : OTHER; // SXTB16, SXTAB …; plain SXTB …
    if (op2 < 8) return DSP;                                                  // SADD8 …
    return op1 == 8 || op1 == 10 ? DSP : OTHER;                               // QADD …, SEL; REV …, CLZ
}

static void classify_32(struct insn *insn, uint16_t a, uint16_t b) {
    insn->class = OTHER;
    if ((a & 0xfe00) == 0xe800) {
        classify_multiple(insn, a, b);
    } else if ((a & 0xec00) == 0xec00) { // coprocessors 10 and 11
        insn->class = FP;
    } else if ((a & 0xf800) == 0xf000) {
        const bool branch =
            (b & 0x8000) && ((b & 0x5000) || (a & 0x0380) != 0x0380); // B BL B<cond>, not MSR and barriers
        if (branch) insn->class = BRANCH;
    } else if ((a & 0xfe00) == 0xf800) { // single load and store
        const bool load = a & 0x0010, by_register = !(a & 0x0080) && (b & 0x0fc0) == 0 && (a & 15) != 15;
        insn->class = load ? LOAD : STORE;
        insn->loaded = load ? 1u << (b >> 12) : 0;
        insn->needed = 1u << (a & 15) | (by_register ? 1u << (b & 15) : 0);
    } else if ((a & 0xff00) == 0xfa00) {
        insn->class = class_of_register_op(a, b);
    } else if ((a & 0xff80) == 0xfb00) {
        insn->class = MUL;
    } else if ((a & 0xff80) == 0xfb80) {
        insn->class = (a & 0xffd0) == 0xfb90 ? DIV : MUL;
    } else if ((a & 0xffe0) == 0xeac0) { // PKHBT PKHTB
        insn->class = DSP;
    }
}

#endif
