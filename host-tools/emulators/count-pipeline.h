// What the pipeline of a core makes of an instruction and the one before it.
// Source: Cortex-M4 TRM r0p1, table 3-1 and 3.3.2 (load/store timings).
// SPDX-License-Identifier: MIT
//
// Twin: PipelineCounts in counts.ts names and explains the figures of Arm.
#ifndef COUNT_PIPELINE_H
#define COUNT_PIPELINE_H

#include <stdbool.h>

#include "count-insn.h"

/** Figures besides the classes, in the order in which they are written; those of Arm alone come last. */
enum extra {
    TAKEN,
    PIPELINED,
    LOAD_USE,
    LDM_REGISTERS,
    FLASH_READS,
    FLASH_LINES,
    CODE_LINES,
    RAM_READS,
    RAM_WRITES,
    N_COMMON,
    ADDRESS_WAITS = N_COMMON,
    WRITE_BACK_WAITS,
    REGISTER_STORES,
    BEHIND_STORES,
    ACROSS_WORDS,
    LITERALS,
    FOLDS,
    N_EXTRAS
};

static uint32_t figure_if(enum extra figure, bool counts) { return counts ? 1u << figure : 0; }

/** Whether it has 32 bits of which 16 lie in one word and 16 in the next. */
static bool lies_across(const struct insn *insn) {
    return (insn->address & 2) && insn->end - insn->address == 4;
}

/** The figures that an instruction of RISC-V adds 1 to, as a set of bits: an instruction waits for what the
 * one before it loads. */
static uint32_t figures_of_rv32(const struct insn *before, const struct insn *insn) {
    return figure_if(LOAD_USE, before->loaded & insn->needed);
}

/** The same of Arm, of an instruction behind another one. A load of PC blocks. */
static uint32_t figures_behind(const struct insn *before, const struct insn *insn) {
    const bool loads = insn->class == LOAD && !(insn->loaded & PC_BIT), stores = insn->kind == AT_REGISTER;
    const bool overlaps = before->class == LOAD && !(before->loaded & insn->needed) && (loads || stores);
    const bool behind_store = loads && before->class == STORE && before->kind != AT_REGISTER;
    return figure_if(PIPELINED, overlaps && loads) | figure_if(REGISTER_STORES, stores && !overlaps) |
           figure_if(BEHIND_STORES, behind_store) |
           figure_if(ACROSS_WORDS, overlaps && (lies_across(before) || lies_across(insn))) |
           figure_if(ADDRESS_WAITS, before->written & insn->needed) |
           figure_if(WRITE_BACK_WAITS, before->written_back & insn->needed) |
           figure_if(FOLDS, insn->kind == IT && insn->address - before->address == 2);
}

/** Behind a branch that was taken nothing overlaps and nothing waits. */
static uint32_t figures_of_armv7m(const struct insn *before, const struct insn *insn) {
    static const struct insn nothing = {.class = OTHER};
    return figures_behind(before->end == insn->address ? before : &nothing, insn) |
           figure_if(LITERALS, insn->kind == LITERAL);
}

#endif
