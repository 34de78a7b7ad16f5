// recur_s32 with its units made ready once, gates to spans first, which wait in open: each pass finds the
// registers it needs. ref/recur_s32.c defines it.
#include "kernels.h"
#include <sigmoid.h>
#include <unit.h>

static void spans(int32_t *open, const int32_t *gate, struct tlm_ready_unit unit, const uint16_t *bound,
                  size_t n) {
    const int32_t *end = gate + n;
    if (bound == NULL) {
        while (gate < end) *open++ = (int32_t)tlm_sigmoid(-tlm_ready_to_q16(*gate++, unit));
    } else {
        while (gate < end) {
            const uint32_t span = tlm_sigmoid(-tlm_ready_to_q16(*gate++, unit));
            *open++ = (int32_t)((span * *bound++ + 0x8000u) >> 16);
        }
    }
}

uint32_t recur_s32(int32_t *h, int32_t *open, const int32_t *gate, struct tlm_unit gate_unit,
                   const uint16_t *bound, const int32_t *input, struct tlm_unit input_unit, size_t n) {
    const struct tlm_ready_unit unit = tlm_ready(input_unit);
    uint32_t bits = 0;
    spans(open, gate, tlm_ready(gate_unit), bound, n);
    for (size_t i = 0; i < n; i++) {
        const int32_t target = tlm_silu(tlm_ready_to_q16(input[i], unit)), old = h[i];
        const int32_t next = old + tlm_multiply_fraction(target - old, (uint32_t)open[i]),
                      opened = tlm_silu(next);
        h[i] = next;
        open[i] = opened;
        bits |= tlm_bits(opened);
    }
    return bits;
}
