// scale_rows_s32, a loop of four rows a turn for each way. ref/scale_rows_s32.c defines it.
//
// An integer of less than 16 bits and a sign times its row's scale fits a word, so that shifting it left
// first is one shift of the product. Four are loaded before any is stored, since out may be sums.
#include "kernels.h"

#include <stdbool.h>

// How the rows of a matrix are scaled.
struct way {
    uint32_t n_digits, spread;
    bool is_short;
};

static inline __attribute__((always_inline)) int32_t scaled(const int32_t *sums, struct way way,
                                                            int16_t scale) {
    int32_t sum = sums[0];
    for (uint32_t i = 1; i < way.n_digits; i++) sum = 3 * sum + sums[i];
    if (way.is_short) return sum * scale >> (16 - way.spread);
    return tlm_multiply_weight((int32_t)((uint32_t)sum << way.spread), scale);
}

static inline __attribute__((always_inline)) void scale_all(int32_t *out, const int32_t *sums, size_t n_rows,
                                                            struct way way, const int16_t *scales) {
    const int16_t *end = scales + n_rows;
    const uint32_t n = way.n_digits;
    for (; scales + 4 <= end; scales += 4, sums += 4 * n, out += 4) {
        const int32_t a = scaled(sums, way, scales[0]), b = scaled(sums + n, way, scales[1]),
                      c = scaled(sums + 2 * n, way, scales[2]), d = scaled(sums + 3 * n, way, scales[3]);
        out[0] = a;
        out[1] = b;
        out[2] = c;
        out[3] = d;
    }
    for (; scales < end; scales++, sums += n) *out++ = scaled(sums, way, *scales);
}

void scale_rows_s32(int32_t *out, const int32_t *sums, size_t n_rows, size_t n_cols, size_t n_digits,
                    const int16_t *row_scales) {
    const uint32_t spread = sum_shift(n_cols, n_digits);
    const bool is_short = spread >= 14 && spread <= 16;
    if (n_digits == 1 && is_short)
        scale_all(out, sums, n_rows, (struct way){1, spread, true}, row_scales);
    else if (n_digits == 1)
        scale_all(out, sums, n_rows, (struct way){1, spread, false}, row_scales);
    else if (n_digits == 2 && is_short)
        scale_all(out, sums, n_rows, (struct way){2, spread, true}, row_scales);
    else if (n_digits == 2)
        scale_all(out, sums, n_rows, (struct way){2, spread, false}, row_scales);
    else
        scale_all(out, sums, n_rows, (struct way){3, spread, false}, row_scales);
}
