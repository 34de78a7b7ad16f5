// embed_e8 with what rounds found out once: no product but the one, and the half of what is shifted out fits
// its sum. ref/embed_e8.c defines it.
#include "kernels.h"

void embed_e8(int32_t *x, const int8_t *row, int32_t row_scale, uint32_t shift, size_t n) {
    const int32_t half = (int32_t)(1u << shift >> 1), twice = 2 * row_scale;
    for (size_t i = 0; i < n; i++) x[i] = (row[i] * twice + half) >> shift;
}
