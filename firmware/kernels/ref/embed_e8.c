// embed_e8: a row of int8 times its scale, as Q16. |2 * row * row_scale| < 2^23.
#include "kernels.h"

void embed_e8(int32_t *x, const int8_t *row, int32_t row_scale, uint32_t shift, size_t n) {
    for (size_t i = 0; i < n; i++) x[i] = tlm_round_shift(2 * row[i] * row_scale, shift);
}
