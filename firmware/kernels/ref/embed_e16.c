// embed_e16: a row of int16 times its scale, as Q16, held within it. |2 * row * row_scale| < 2^31, but for a
// row and a scale of -32768, which wrap: an image may hold them, the compiler makes none.
#include "kernels.h"

void embed_e16(int32_t *x, const int16_t *row, int32_t row_scale, uint32_t shift, size_t n) {
    for (size_t i = 0; i < n; i++) {
        const uint32_t product = 2 * (uint32_t)(row[i] * row_scale);
        x[i] = tlm_saturate(tlm_round_shift((int32_t)product, shift));
    }
}
