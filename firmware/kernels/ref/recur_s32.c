// recur_s32: the recurrence of the MLGRU with its gates. The state stays between its old value and
// SiLU(input), so it cannot overflow.
#include "kernels.h"
#include <sigmoid.h> // of ref, or of the core class
#include <unit.h>

uint32_t recur_s32(int32_t *h, int32_t *open, const int32_t *gate, struct tlm_unit gate_unit,
                   const uint16_t *bound, const int32_t *input, struct tlm_unit input_unit, size_t n) {
    uint32_t bits = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t span = tlm_sigmoid(-tlm_to_q16(gate[i], gate_unit));
        if (bound != NULL) span = (span * bound[i] + 0x8000u) >> 16;
        const int32_t target = tlm_silu(tlm_to_q16(input[i], input_unit));
        h[i] += tlm_multiply_fraction(target - h[i], span);
        open[i] = tlm_silu(h[i]);
        bits |= tlm_bits(open[i]);
    }
    return bits;
}
