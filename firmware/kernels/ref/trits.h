// The trits of one byte of t2 and t5. Twin: packT2() and packT5() in host-tools/compiler/layouts.ts.
#ifndef TLM_TRITS_H
#define TLM_TRITS_H

#include <stdint.h>

// The trit at a column of a group of t2, 0 .. 3: 00 -> 0, 01 -> +1, 11 -> -1; 10 never occurs.
static inline int32_t tlm_trit_t2(uint32_t code, uint32_t column) {
    const int32_t bits = (int32_t)(code >> (2 * column) & 3);
    return bits == 3 ? -1 : bits;
}

// The trits of a byte of t5, 84 d4 + 28 d3 + 9 d2 + 3 d1 + d0, d = trit + 1. Quotients by multiplication: a
// code is at most 250.
static inline void tlm_trits_t5(int32_t trits[5], uint32_t code) {
    const uint32_t d4 = code * 781 >> 16, below_4 = code - 84 * d4;
    const uint32_t d3 = below_4 * 2341 >> 16, below_3 = below_4 - 28 * d3;
    const uint32_t d2 = below_3 * 7282 >> 16, below_2 = below_3 - 9 * d2;
    const uint32_t d1 = below_2 * 21846 >> 16;
    trits[0] = (int32_t)(below_2 - 3 * d1) - 1;
    trits[1] = (int32_t)d1 - 1;
    trits[2] = (int32_t)d2 - 1;
    trits[3] = (int32_t)d3 - 1;
    trits[4] = (int32_t)d4 - 1;
}

#endif
