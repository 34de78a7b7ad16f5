// recur_s32 with its units made ready once, two elements a turn. ref/recur_s32.c defines it.
//
// Lost, by count: a pass of its own for the gates, which needs fewer registers (11 instructions an element).
#include "kernels.h"
#include <ready_unit.h>
#include <sigmoid.h>

uint32_t tlm_recur_rest(int32_t *h, int32_t *open, const int32_t *gate, struct tlm_unit gate_unit,
                        const uint16_t *bound, const int32_t *input, struct tlm_unit input_unit, size_t n);

struct units {
    struct tlm_ready_unit gate, input;
};

// One element; returns what comes out of it. A bound is read where there is one.
static inline __attribute__((always_inline)) int32_t step(int32_t *h, const int32_t *gate,
                                                          const uint16_t *bound, const int32_t *input,
                                                          const struct units *units) {
    int32_t g = *gate, i = *input;
    tlm_load_both(&g, &i);
    uint32_t span = tlm_sigmoid(-tlm_ready_to_q16(g, units->gate));
    if (bound != NULL) span = (span * *bound + 0x8000u) >> 16;
    const int32_t target = tlm_silu(tlm_ready_to_q16(i, units->input)), old = *h;
    const int32_t next = old + tlm_multiply_fraction(target - old, span);
    *h = next;
    return tlm_silu(next);
}

// An even number of elements.
static inline __attribute__((always_inline)) uint32_t recur(int32_t *h, int32_t *open, const int32_t *gate,
                                                            const uint16_t *bound, const int32_t *input,
                                                            const struct units *units, size_t n) {
    const int32_t *end = gate + n;
    uint32_t bits = 0;
    for (; gate < end; gate += 2, input += 2, h += 2, open += 2) {
        const int32_t a = step(h, gate, bound, input, units);
        open[0] = a;
        bits |= tlm_bits(a);
        const int32_t b = step(h + 1, gate + 1, bound == NULL ? NULL : bound + 1, input + 1, units);
        open[1] = b;
        bits |= tlm_bits(b);
        if (bound != NULL) bound += 2;
    }
    return bits;
}

uint32_t recur_s32(int32_t *h, int32_t *open, const int32_t *gate, struct tlm_unit gate_unit,
                   const uint16_t *bound, const int32_t *input, struct tlm_unit input_unit, size_t n) {
    const bool is_large = tlm_is_large(gate_unit) || tlm_is_large(input_unit);
    const size_t ready = is_large ? 0 : n & ~(size_t)1;
    const struct units units = {tlm_ready(gate_unit), tlm_ready(input_unit)};
    const struct units scaled = {tlm_without_room(units.gate), tlm_without_room(units.input)};
    uint32_t bits = 0;
    if (bound == NULL)
        bits = recur(h, open, gate, NULL, input, &units, ready);
    else if (gate_unit.room == 0 && input_unit.room == 0)
        bits = recur(h, open, gate, bound, input, &scaled, ready);
    else
        bits = recur(h, open, gate, bound, input, &units, ready);
    if (ready == n) return bits;
    return bits | tlm_recur_rest(h + ready, open + ready, gate + ready, gate_unit,
                                 bound == NULL ? NULL : bound + ready, input + ready, input_unit, n - ready);
}
