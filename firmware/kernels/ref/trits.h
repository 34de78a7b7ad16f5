// The trits of one byte of t2 and t5. Twin: packT2() and packT5() in host-tools/compiler/layouts.ts.
#ifndef TLM_TRITS_H
#define TLM_TRITS_H

#include <stdint.h>

// The trit at a column of a group of t2, 0 .. 3: 00 -> 0, 01 -> +1, 11 -> -1; 10 never occurs.
static inline int32_t tlm_trit_t2(uint32_t code, uint32_t column) {
    const int32_t bits = (int32_t)(code >> (2 * column) & 3);
    return bits == 3 ? -1 : bits;
}

// The trit at a column of a group of t5, 0 .. 4: 84 d4 + 28 d3 + 9 d2 + 3 d1 + d0, d = trit + 1.
static inline int32_t tlm_trit_t5(uint32_t code, uint32_t column) {
    static const uint8_t weights[5] = {1, 3, 9, 28, 84};
    for (uint32_t higher = 4; higher > column; higher--) code %= weights[higher];
    return (int32_t)(code / weights[column]) - 1;
}

#endif
