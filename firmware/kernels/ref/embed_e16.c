// embed_e16: a row of int16 times its scale, as Q16, held within the limit. |row * row_scale| < 2^31.
#include "kernels.h"

void embed_e16(int32_t *x, const int16_t *row, uint32_t row_scale, uint32_t shift, size_t n) {
    for (size_t i = 0; i < n; i++) x[i] = tlm_saturate(tlm_round_shift(row[i] * (int32_t)row_scale, shift));
}
