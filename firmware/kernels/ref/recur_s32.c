// recur_s32: the recurrence of the MLGRU. The state stays between its old value and SiLU(input), so it cannot
// overflow.
#include "kernels.h"
#include <sigmoid.h> // of ref, or of the core class

void recur_s32(int32_t *h, const uint16_t *span, const int32_t *input, size_t n) {
    for (size_t i = 0; i < n; i++) h[i] += tlm_multiply_fraction(tlm_silu(input[i]) - h[i], span[i]);
}
