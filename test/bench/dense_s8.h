// The dense int8 layer that ternary products are compared with: dense_s8.c defines it, armv7em/dense_s8.S
// overrides it.
#ifndef DENSE_S8_H
#define DENSE_S8_H

#include <stddef.h>
#include <stdint.h>

void dense_s8(int32_t *y, const int8_t *w, const int8_t *x, size_t n_rows, size_t n_cols);

#endif
