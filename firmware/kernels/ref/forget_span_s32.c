// forget_span_s32: 1 - f of the forget gate, as Q16 fractions: logistic(-gate) * (1 - lower bound).
#include "kernels.h"
#include <sigmoid.h> // of ref, or of the core class

void forget_span_s32(uint16_t *span, const int32_t *gate, const uint16_t *bound, size_t n) {
    for (size_t i = 0; i < n; i++) {
        const uint32_t open = tlm_sigmoid(-gate[i]);
        span[i] = (uint16_t)(bound == NULL ? open : (open * bound[i] + 0x8000u) >> 16);
    }
}
