// The classes that instructions are counted in, and what is kept of an instruction.
// SPDX-License-Identifier: MIT
#ifndef COUNT_INSN_H
#define COUNT_INSN_H

#include <stdint.h>

enum class { LOAD, STORE, LDM_STM, MUL, DIV, BRANCH, DSP, FP, OTHER, N_CLASSES };

/** The program counter in a set of registers of Arm. */
enum { PC_BIT = 1 << 15 };

/** What of Arm is told apart within a class. */
enum kind { PLAIN, AT_REGISTER /* store */, LITERAL /* load */, IT };

/** One instruction, as far as it matters. Register sets are bit masks. */
struct insn {
    uint32_t address, end;
    uint32_t loaded; // registers that a single load writes
    uint32_t needed; // of Arm, those that a load or store computes its address from; of RISC-V, all it reads
    uint16_t written, written_back; // of Arm, those that arithmetic writes, and the base that a load or store
                                    // moves on
    uint16_t set;                   // index of the counts that it goes to
    uint8_t class;
    uint8_t n_registers; // of LDM, STM, PUSH, POP, LDRD, STRD
    uint8_t kind;
};

#endif
