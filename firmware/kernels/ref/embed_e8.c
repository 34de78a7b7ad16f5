// embed_e8: a row of int8 times its scale, as Q16. |2 * row * row_scale| < 2^23, and what rounds is at most
// 2^30.
#include "kernels.h"

void embed_e8(int32_t *x, const int8_t *row, int32_t row_scale, uint32_t shift, size_t n) {
    const int32_t half = (int32_t)(1u << shift >> 1), twice = 2 * row_scale;
    for (size_t i = 0; i < n; i++) x[i] = (row[i] * twice + half) >> shift;
}
